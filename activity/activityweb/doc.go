// Package activityweb shows an account's activity log to its owner: a page with
// a chart, a filter, the list with repeats drawn together, the places where the
// account is signed in, "this wasn't me", and a download. In Korean and
// English, for phone and desktop, light and dark, without JavaScript.
//
//	page, err := activityweb.New(guard.Log(), activityweb.Config{
//		Path:   "/security/activity",
//		Viewer: func(r *http.Request) (string, bool) { return sessions.Account(r) },
//		Layout: shop.page, // the shop's own frame around it
//	})
//	mux.Handle("/security/activity", page)
//	mux.Handle("/security/activity/", page)
//
// A shop that wants another page composes its own from [Templates] and
// [Handler.View].
//
// # Security model
//
//   - It shows the viewer's own log: the account comes from [Config].Viewer,
//     never from the request.
//   - GET shows, POST acts; a POST from another origin is refused
//     ([http.CrossOriginProtection]), beside whatever [Config].Hidden adds.
//   - Every value is escaped by html/template. There is no inline script or
//     style: `default-src 'none'; style-src 'self'; form-action 'self'` suffices.
//   - A query that makes no sense gives a page that says so, never a fault.
package activityweb
