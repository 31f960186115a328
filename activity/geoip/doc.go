// Package geoip finds the place of an address in databases of MaxMind's layout
// (GeoIP2, GeoLite2, DB-IP: City, Country, Enterprise, ASN, ISP and Anonymous IP)
// and of the flat one of ip-location-db, and is an [activity.Locator]:
//
//	places, err := geoip.Open(geoip.Config{City: "GeoLite2-City.mmdb", ASN: "GeoLite2-ASN.mmdb"})
//	defer places.Close()
//	log, err := activity.New(store, activity.Config{Locator: places, …})
//
// What it says is an estimate, and it says no more than it knows: the city
// only where the accuracy radius is at most [MaxCityRadiusKM], positions
// rounded to a hundredth of a degree (about a kilometre), nothing at all for
// private, reserved and unlisted addresses. The databases are the operator's
// to license and to keep up to date; none comes with this package. A file that
// was replaced is noticed within a minute.
//
// Lookups read the operator's files only; nothing is sent anywhere.
package geoip
