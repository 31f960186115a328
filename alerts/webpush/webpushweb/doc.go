// Package webpushweb lets customers switch notifications on and off on a shop's
// own pages: the handlers ([Web.ServeHTTP]), a piece of a page ([Web.Widget]),
// its script and the service worker, without dependencies. In Korean and
// English.
//
//	web, err := webpushweb.New(webpushweb.Config{
//		Devices: devices, // a *webpush.Devices
//		Origins: []string{"https://shop.example"},
//		Account: func(r *http.Request) (string, activity.Client) { … }, // by the session; "" if nobody is signed in
//	})
//	mux.Handle(webpushweb.DefaultPath, web)
//
// The browser asks for its permission when the button is pressed, never when a
// page is loaded. On a shared computer a browser that another customer
// subscribed is shown as off, and stays theirs until the button is pressed.
//
// # Security
//
//   - POST only, with JSON in a body of bounded size, from a page or worker of
//     one of the configured origins ([Config].Origins, compared with the Origin
//     header, never with the Host header, which a visitor can choose).
//   - Everything is about the account that is signed in, and its browsers only.
//   - Adding and removing a browser can ask for a fresh proof ([Config].MayChange).
//   - The service worker's scope is [Config].Path, so that it stands in nobody's
//     way: it handles no page and no other request. It opens links of its own
//     origin only, whatever a message says.
//
// The page's script runs under Content-Security-Policy: script-src 'self';
// connect-src 'self'; worker-src 'self'. The worker comes with a policy of its
// own.
package webpushweb
