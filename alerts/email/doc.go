// Package email delivers alerts and codes by mail.
//
// Mail leaves over TLS 1.2 or later with a verified certificate, by STARTTLS or
// from the first byte (RFC 8314); a server that offers neither gets nothing
// but a greeting. A password is sent inside TLS only.
//
// A mail has a text and an HTML part that say the same, in the recipient's
// language, without scripts or anything that is loaded but the sender's logo, if
// it has one. It says that it was made by a machine (RFC 3834), and its
// Message-ID is that of the delivery, so that a repetition can be told. Its links
// lead to the sender's own pages and are for reading; opening one changes nothing.
// A program's button to unsubscribe (RFC 8058) is there for kinds that may be
// muted and for no other.
//
// [Config].HTML and [Config].Text replace the layout. [New] tries such templates
// with every kind of message and values that break mails.
//
// Text that came from outside, such as a name or a city, is one line without
// control or bidirectional characters before it comes near a header, and is
// escaped for HTML by html/template. Recipients' addresses are a plain
// local@domain in ASCII or are refused, so none can carry a second address or
// an SMTP parameter (CVE-2025-59937).
//
// [Config].DKIM signs every mail, also the fields that it lacks, so that nobody
// on the way can change or add a sender, a subject, a link to unsubscribe or
// content. Without it the mail server has to sign.
//
// [CheckDomain] looks at what DNS says about the sending domain: whether others
// can forge it, and whether its own mail is believed.
package email
