// Package sms delivers alerts and codes as text messages.
//
//	provider, err := sms.NewSolapi(sms.SolapiConfig{APIKey: key, APISecret: secret, From: "02-930-2266"})
//	notifier, err := sms.New(sms.Config{Sender: sender, Provider: provider, Counts: store})
//
// [Twilio], [Solapi] and [SENS] (NAVER Cloud) are one-method senders over
// net/http, without their vendors' libraries. One value serves this package and
// the second factor's (package mfa/sms), whose sender is the same method. Any
// other provider is a [Provider] of a few lines.
//
// # What a message says
//
// The shop's brand in brackets first (both brands while an announced change
// settles), what happened, when, where, on which device, and one thing to do:
// type the shop's address, or open its app. There is no room for more of the
// phishing notice than that; a shop's own has its short form added where that costs
// nothing, and a title of the shop's own says what happened. There is no link unless [Config].Links asks for it;
// who is used to links in text messages can be phished by one. (Phones may make
// a link of the bare address all the same: it is the shop's own.) A code comes
// with the line that binds it to the shop's domain, so that phones offer it there
// and nowhere else. The owner's phrase is in no text: messages are shown on
// locked screens.
//
// One segment is preferred, and facts are left out to get there ([Notifier.Render]
// has the order); brand, event and action never are, and no message is longer
// than [Config].MaxSegments. [New] refuses a brand or a title with which one could be.
//
// # Security model
//
//   - Text from outside (city, device) keeps letters, spaces, hyphens and at most
//     three digits. It can make no line of its own, no link, no number to call
//     and no "@host #code" line, which would offer a stranger's code to a page
//     (WebOTP).
//   - A number must be in E.164 form and is the directory's to verify: it names
//     none that its owner has not proved. What a message costs is set by the
//     number: only numbers of [Config].Countries are sent to, never premium rate
//     and the like, and budgets of the shop's own bound what all accounts together
//     set off in an hour. Restrict the countries in the provider's console, too.
//   - Credentials travel in TLS 1.2 or later with a verified certificate, to the
//     provider's fixed address; redirects are refused. Nothing prints or logs them.
//   - Answers are read up to 64 KiB, within a time limit. Yes is what the
//     provider's documents call yes: a status of success with an error inside is
//     a refusal, and what cannot be understood is no answer.
//   - Errors ([*SendError]) hold the provider's code and whether the message was
//     surely not sent; never a number, a text, or words of the answer.
//
// # At least once
//
// No provider here lets a request carry a key by which it would tell a repetition.
// So a provider asks once and never again by itself; when the answer is lost, its
// error says that the message may be on its way (Unsent gives false). The queue
// then tries again, as late as the provider asks for ([*alerts.RetryError]), and
// the owner may be told twice rather than never, but what may have been sent three
// times is given up. The delivery's ID is passed on
// where there is a place for it ([Tagger]): Solapi keeps it as a custom field,
// Twilio brings it back in receipts ([NewTwilioReceipts]), for which the queue
// then waits ([WithReceipts]). A code of package mfa/sms is not sent again.
//
// # Korea
//
// A text message must come from a number that its sender has registered. To send
// under a false one is punished (Telecommunications Business Act, article 84-2: up
// to three years or 100 million won), and since 16 October 2015 operators block
// numbers that are not registered. Before the first message, the shop registers
// its number with the provider, who wants the certificate of subscription
// (통신서비스 이용증명원); since 1 June 2024 whoever sends for others needs a
// qualification (전송자격인증), so pick a provider that has it. From is therefore
// required, and "not registered" is a permanent failure: retrying heals nothing.
//
// Carriers count bytes of EUC-KR, two for each Hangul syllable, and put
// "[Web발신]" and a line break before the text. What has more than 90 with that
// goes as a long message (LMS) and costs about three times as much. Characters
// that EUC-KR lacks are written without their marks ("Zurich") or left out of the
// facts; a brand that it cannot write is left as it is, and for the provider to
// judge. Alerts are no advertisements and are sent as such (contentType COMM).
package sms
