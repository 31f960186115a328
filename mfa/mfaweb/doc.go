// Package mfaweb lets customers use passkeys on a shop's own pages: the handlers
// of the ceremonies ([Web.ServeHTTP]), a piece of a page ([Web.Widget]), and a
// script and a style sheet without dependencies. In Korean and English.
//
//	web, err := mfaweb.New(mfaweb.Config{
//		Origins:  passkeys.Origins(), // of the webauthn.Method
//		Enroll:   enrolling{shop},    // the shop's, some ten lines each
//		SignIn:   secondFactor{shop},
//		Discover: signIn{shop},
//	})
//	mux.Handle(mfaweb.DefaultPath, web)
//
// A ceremony has two requests: the options for the browser, and its response.
// What lies between is in the shop's session; who the visitor is, which pending
// sign-in it is about, and what a good response is worth are the shop's, by a
// [Ceremony] that calls the Guard. Nothing here grants anything.
//
// # Security
//
//   - POST only, with JSON in a body of bounded size, from a page of one of the
//     configured origins ([Config].Origins, compared with the Origin header, never
//     with the Host header, which a visitor can choose). A request that no page
//     made is refused.
//   - No token goes through the page or an address: it stays in the session.
//   - Answers are not cached, and say what went wrong by a stable code and a text
//     in the customer's language, the same whether an account exists or not.
//   - Where a page goes on to ([Done].Next) must be a path of the same site.
//
// The script runs under Content-Security-Policy: script-src 'self';
// style-src 'self'; connect-src 'self'. Browsers without WebAuthn see a sentence
// instead of the button.
package mfaweb
