// Package passwordweb shows a customer, while a new password is typed, which
// rules of a [password.Policy] it meets: a field for the shop's form
// ([Web.Field]), a script and a style sheet without dependencies, and the
// handler that the script asks ([Web.ServeHTTP]).
//
// # Security
//
// The server judges; the script only shows what it says. A password is sent by
// POST in a body of bounded size, never in an address, from pages of the same
// origin only; it is neither logged nor stored nor cached, and no answer holds
// any of it. Requests are counted by network and by session, so that nobody can
// keep the estimator busy.
//
// The script runs under Content-Security-Policy: script-src 'self';
// style-src 'self'; connect-src 'self'. Without scripts the rules are listed all
// the same, and the form's handler judges when it is sent: this package is a
// convenience, never the check itself.
package passwordweb
