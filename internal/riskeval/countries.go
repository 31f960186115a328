package riskeval

// operator is an autonomous system as an address plan: its share of a country's
// people (as their provider) and of its addresses.
type operator struct {
	asn          uint
	name         string
	users, space float64
}

// country is where people live: its part of the routed IPv4 addresses, rounded
// from the registries' delegation statistics, and its operators. What its
// operators leave of the space is spread over small systems.
type country struct {
	code          string
	space         float64
	fixed, mobile []operator
	cities        []city
	vague         float64 // share of addresses that are placed in the country only
	abroad        []string
}

type city struct {
	name     string
	lat, lon float64
	weight   float64
}

func countries() []country {
	return []country{
		{code: "KR", space: .030, vague: .10, abroad: []string{"JP", "JP", "JP", "US", "VN", "TH", "CN"},
			fixed:  []operator{{4766, "KT", .41, .42}, {9318, "SK Broadband", .28, .17}, {3786, "LG Uplus", .13, .10}, {17858, "LG Uplus", .08, .05}},
			mobile: []operator{{9644, "SK Telecom", .41, .03}, {4766, "KT", .30, 0}, {17853, "LG Uplus", .29, .02}},
			cities: []city{{"Seoul", 37.57, 126.98, 36}, {"Suwon", 37.26, 127.03, 15}, {"Incheon", 37.46, 126.71, 10}, {"Busan", 35.18, 129.08, 11},
				{"Daegu", 35.87, 128.60, 8}, {"Daejeon", 36.35, 127.38, 6}, {"Gwangju", 35.16, 126.85, 6}, {"Ulsan", 35.54, 129.31, 4}, {"Gangneung", 37.75, 128.88, 2}, {"Jeju", 33.50, 126.53, 2}}},
		{code: "US", space: .36, vague: .55, abroad: []string{"MX", "CA", "GB", "JP", "FR", "DE"},
			fixed:  []operator{{7922, "Comcast", .33, .045}, {7018, "AT&T", .19, .06}, {20115, "Charter", .15, .01}, {701, "Verizon", .12, .02}, {22773, "Cox", .08, .008}},
			mobile: []operator{{21928, "T-Mobile US", .36, .004}, {22394, "Verizon Wireless", .36, .008}, {20057, "AT&T Mobility", .28, .003}},
			cities: []city{{"New York", 40.71, -74.01, 20}, {"Los Angeles", 34.05, -118.24, 13}, {"Chicago", 41.88, -87.63, 9.5}, {"Dallas", 32.78, -96.80, 8}, {"Houston", 29.76, -95.37, 7},
				{"Washington", 38.91, -77.04, 6}, {"Miami", 25.76, -80.19, 6}, {"Atlanta", 33.75, -84.39, 6}, {"Boston", 42.36, -71.06, 5}, {"Phoenix", 33.45, -112.07, 5}, {"San Francisco", 37.77, -122.42, 5}, {"Seattle", 47.61, -122.33, 4}, {"Denver", 39.74, -104.99, 3}}},
		{code: "JP", space: .05, vague: .15, abroad: []string{"KR", "US", "TW", "TH"},
			fixed:  []operator{{4713, "NTT OCN", .30, .15}, {2516, "KDDI", .25, .10}, {17676, "SoftBank", .25, .20}, {2527, "Sony Biglobe", .10, .03}},
			mobile: []operator{{9605, "NTT Docomo", .42, .03}, {2516, "KDDI", .30, 0}, {17676, "SoftBank", .28, 0}},
			cities: []city{{"Tokyo", 35.68, 139.69, 38}, {"Osaka", 34.69, 135.50, 19}, {"Nagoya", 35.18, 136.91, 9}, {"Fukuoka", 33.59, 130.40, 6}, {"Sapporo", 43.06, 141.35, 5}, {"Sendai", 38.27, 140.87, 3}}},
		{code: "DE", space: .034, vague: .15, abroad: []string{"ES", "IT", "FR", "NL", "US"},
			fixed:  []operator{{3320, "Deutsche Telekom", .40, .28}, {3209, "Vodafone", .30, .15}, {6805, "Telefonica", .12, .07}, {8881, "1&1 Versatel", .10, .02}},
			mobile: []operator{{3320, "Deutsche Telekom", .35, 0}, {3209, "Vodafone", .33, 0}, {6805, "Telefonica", .32, 0}},
			cities: []city{{"Berlin", 52.52, 13.41, 37}, {"Hamburg", 53.55, 9.99, 19}, {"Munich", 48.14, 11.58, 15}, {"Cologne", 50.94, 6.96, 11}, {"Frankfurt", 50.11, 8.68, 8}, {"Leipzig", 51.34, 12.37, 6}}},
		{code: "NO", space: .0045, vague: .15, abroad: []string{"ES", "SE", "GB", "US"},
			fixed:  []operator{{2119, "Telenor", .45, .40}, {29695, "Altibox", .25, .10}, {41164, "Telia", .20, .10}},
			mobile: []operator{{2119, "Telenor", .55, 0}, {41164, "Telia", .45, 0}},
			cities: []city{{"Oslo", 59.91, 10.75, 50}, {"Bergen", 60.39, 5.32, 20}, {"Trondheim", 63.43, 10.40, 15}, {"Stavanger", 58.97, 5.73, 15}}},
		plain("CN", .09, city{"Beijing", 39.90, 116.41, 1}, city{"Shanghai", 31.23, 121.47, 1}, city{"Shenzhen", 22.54, 114.06, 1}),
		plain("GB", .031, city{"London", 51.51, -0.13, 3}, city{"Manchester", 53.48, -2.24, 1}),
		plain("BR", .023, city{"Sao Paulo", -23.55, -46.63, 2}, city{"Rio de Janeiro", -22.91, -43.17, 1}),
		plain("FR", .022, city{"Paris", 48.86, 2.35, 3}, city{"Lyon", 45.76, 4.84, 1}),
		plain("CA", .018, city{"Toronto", 43.65, -79.38, 2}, city{"Vancouver", 49.28, -123.12, 1}),
		plain("IT", .015, city{"Rome", 41.90, 12.50, 1}, city{"Milan", 45.46, 9.19, 1}),
		plain("NL", .014, city{"Amsterdam", 52.37, 4.90, 1}),
		plain("AU", .013, city{"Sydney", -33.87, 151.21, 1}, city{"Melbourne", -37.81, 144.96, 1}),
		plain("RU", .012, city{"Moscow", 55.76, 37.62, 1}),
		plain("IN", .012, city{"Mumbai", 19.08, 72.88, 1}, city{"Delhi", 28.61, 77.21, 1}),
		plain("TW", .0095, city{"Taipei", 25.03, 121.57, 1}),
		plain("ES", .009, city{"Madrid", 40.42, -3.70, 1}, city{"Barcelona", 41.39, 2.17, 1}),
		plain("SE", .008, city{"Stockholm", 59.33, 18.07, 1}),
		plain("MX", .008, city{"Mexico City", 19.43, -99.13, 1}, city{"Cancun", 21.16, -86.85, 1}),
		plain("ZA", .008, city{"Johannesburg", -26.20, 28.05, 1}),
		plain("VN", .005, city{"Ho Chi Minh City", 10.82, 106.63, 1}, city{"Da Nang", 16.05, 108.21, 1}),
		plain("RO", .003, city{"Bucharest", 44.43, 26.10, 1}),
		plain("TH", .003, city{"Bangkok", 13.76, 100.50, 1}),
		plain("ZZ", .10, city{"elsewhere", 4.86, 31.60, 1}), // all other countries, far from the ones above
	}
}

// plain is a country where no customer lives, only visitors and thieves.
func plain(code string, space float64, cities ...city) country {
	return country{code: code, space: space, vague: .35, cities: cities}
}

// cloud is a host whose addresses lie in several countries.
type cloud struct {
	asn   uint
	name  string
	space float64 // of all routed addresses
	where []string
}

func clouds() []cloud {
	us := []string{"US", "US", "US", "JP", "DE", "KR", "GB", "AU", "IN", "BR"}
	spread := []string{"US", "GB", "NL", "DE", "JP", "KR", "RO", "NO", "SE", "FR", "CA", "AU"}
	return []cloud{
		{16509, "Amazon", .035, us}, {14618, "Amazon", .008, []string{"US"}}, {8075, "Microsoft", .015, us}, {396982, "Google Cloud", .004, us},
		{45102, "Alibaba", .002, []string{"CN", "US", "TW", "DE"}}, {14061, "DigitalOcean", .001, spread}, {16276, "OVH", .0015, []string{"FR", "CA", "DE", "GB"}},
		{24940, "Hetzner", .0008, []string{"DE"}}, {20473, "Vultr", .0005, spread}, {9009, "M247", .0003, spread}, {60068, "Datacamp", .0001, spread},
		{212238, "Datacamp", .0002, spread}, {13335, "Cloudflare", .0007, spread},
	}
}

// vpnHosts are the systems from which people's VPNs come out.
func vpnHosts() []uint { return []uint{9009, 13335, 60068, 212238, 16509, 14061} }

// Mix is the share of people by country.
type Mix []Share

// Share is one country's.
type Share struct {
	Country string
	Share   float64
}

// KoreanMix is a Korean shop's, AmericanMix an American one's.
func KoreanMix() Mix {
	return Mix{{"KR", .80}, {"US", .08}, {"JP", .05}, {"DE", .04}, {"NO", .03}}
}

// AmericanMix is an American shop's.
func AmericanMix() Mix {
	return Mix{{"US", .80}, {"KR", .08}, {"JP", .05}, {"DE", .04}, {"NO", .03}}
}
