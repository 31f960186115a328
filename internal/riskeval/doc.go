// Package riskeval measures alerts/risk on people and thieves that it makes up,
// and on the public login data set of Wiefling et al. for whoever has it.
//
// The simulator's parameters are chosen, not fitted: what ranks above what is
// to be believed, absolute rates are an indication. It uses no data of others:
// the internet is a sketch of public facts (which operators serve a country, how
// large they are, where cities lie), its addresses are made up.
//
// # People
//
//	country      Cat(mix); Korean mix: KR .80, US .08, JP .05, DE .04, NO .03
//	household    1, 2, 3 or 4 people, with .45, .30, .15, .10, share one line: a
//	             fixed-line provider a_f by its share, a place, one address that
//	             changes every Exp(60 d) to another of a_f within 40 km
//	sign-ins     a year: λ = mean · Gamma(½)/½, which makes counts negative
//	             binomial with r = ½; gaps .3 · Exp(3.6 h) + .7 · Exp(1/(.7 λ))
//	devices      1 + Poisson(.7), each of the world's user agents by weight; the
//	             first is used with .7, another uniformly; replaced by a new one
//	             with .005 a sign-in; the browser's version rises every 28 days
//	VPN          .08 of people, for .4 of their sign-ins, from one of six hosts
//	trips        abroad Poisson(.6)/yr of LogNormal(ln 4 d, .6); in the country
//	             Poisson(1.5)/yr of 1 to 3 days; addresses within 60 km of the
//	             destination, but .4 of mobile devices abroad roam by way of the
//	             home carrier
//	mobile       a mobile device at home uses the carrier with .5: any address of
//	             it in the whole country
//	commuters    .3 of people, for .3 of their sign-ins at home, use the line of
//	             an office within 40 km
//
// # Thieves
//
// Each account is attacked once by each kind, at U(.25, 1) of the year, with the
// right password and without the cookie:
//
//	naive      an address uniform over all routed IPv4, any user agent
//	VPN        an address uniform over the victim's country, any user agent
//	targeted   an address of the victim's provider within 50 km of the home,
//	           browser and system of the victim's first device
//	hidden     an address of a host from which people's VPNs come out, too; any
//	           user agent
//
// # Measures
//
// The population is learned from a tenth as many other people first and then
// left alone, so that it is stale. Every sign-in but an account's first is scored
// and then learned; attacks are scored against what was learned before them and
// never learned. The false alarm rate is the share of the owners' scored
// sign-ins at or above a threshold, ties taken in proportion.
package riskeval
