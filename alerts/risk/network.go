package risk

// Network is the kind of network that an address belongs to.
type Network uint8

// The kinds of network. The zero value is NetworkUnknown.
const (
	// NetworkUnknown: as told by [NetworkOf], which mostly means a fixed line.
	NetworkUnknown Network = iota
	// NetworkResidential: people's fixed lines, known as such.
	NetworkResidential
	// NetworkMobile: a carrier of mobile phones. Many share one address, which
	// changes by the hour; only country and carrier mean something.
	NetworkMobile
	// NetworkVPN: a provider of virtual private networks or of their exits, Tor
	// included.
	NetworkVPN
	// NetworkHosting: a data centre. Nobody lives there.
	NetworkHosting
	// NetworkRelay: a private relay, on behalf of everybody who switched it on.
	NetworkRelay
	// NetworkSatellite: the ground station may be a continent away.
	NetworkSatellite
)

// Anonymous tells that an address of the network does not say where the person
// is: its place is neither an alarm nor learned.
func (n Network) Anonymous() bool { return n >= NetworkVPN && n <= NetworkSatellite }

// String gives "unknown", "residential", "mobile", "vpn", "hosting", "relay" or
// "satellite".
func (n Network) String() string {
	switch n {
	case NetworkResidential:
		return "residential"
	case NetworkMobile:
		return "mobile"
	case NetworkVPN:
		return "vpn"
	case NetworkHosting:
		return "hosting"
	case NetworkRelay:
		return "relay"
	case NetworkSatellite:
		return "satellite"
	}
	return "unknown"
}

// NetworkOf tells the kind of an autonomous system by a table of our own. It
// holds systems whose kind is public knowledge and not in doubt: large clouds,
// the hosts that VPN providers rent from, relays, satellite operators, and
// carriers whose mobile network is a system of its own. That each number belongs
// to the operator named was checked against RouteViews' origins of June 2026 (as
// packed in @ip-location-db/asn, CC BY 4.0). KT (4766), LG Uplus (3786), KDDI
// (2516), SoftBank (17676), Deutsche Telekom (3320) and Telenor (2119) carry fixed
// and mobile lines in one system and are therefore missing, as are transit
// networks. The open lists of bad networks were not taken over: they name whole
// countries' providers. A database of anonymous addresses knows more; see
// [Attempt].Network.
func NetworkOf(asn uint) Network {
	switch asn {
	case 9009, // M247: 91 % of address pairs lie in two countries, as measured
		60068, 212238, // Datacamp / CDN77
		136787, 207137, // PacketHub, of NordVPN
		209854, // Cyberzone, of Surfshark
		39351,  // 31173 Services, of Mullvad
		60729:  // Stiftung Erneuerbare Freiheit: Tor exits
		return NetworkVPN
	case 16509, 14618, // Amazon
		8075,          // Microsoft Azure
		396982,        // Google Cloud; 15169 serves Google's own proxies too
		31898,         // Oracle
		14061,         // DigitalOcean
		63949,         // Akamai Linode
		20473,         // Vultr
		16276,         // OVH
		24940, 213230, // Hetzner
		51167,                                    // Contabo
		12876,                                    // Scaleway
		60781, 28753, 30633, 7203, 59253, 133752, // Leaseweb
		36351,        // IBM SoftLayer
		45102, 37963, // Alibaba
		132203, 45090, // Tencent
		55967,                            // Baidu
		8100, 36352, 53667, 40676, 46844, // QuadraNet, HostPapa (ColoCrossing), FranTech, Psychz, Sharktech
		62240, 49981, 43350, 202053, // Clouvider, WorldStream, NForce, UpCloud
		9370,         // Sakura
		23576,        // NAVER Cloud
		20860, 29802: // iomart, Hivelocity
		return NetworkHosting
	case 13335, // Cloudflare: WARP, exits of iCloud Private Relay
		36183, // Akamai: exits of iCloud Private Relay
		54113: // Fastly: the same
		return NetworkRelay
	case 14593, // SpaceX Starlink
		22351,       // Intelsat
		7155, 40306, // Viasat
		6621,  // Hughes
		31515: // Inmarsat
		return NetworkSatellite
	case 9644, // SK Telecom
		17853,        // LG Uplus mobile
		9605, 138384, // NTT Docomo, Rakuten Mobile
		21928,       // T-Mobile US
		22394, 6167, // Verizon Wireless
		20057, // AT&T Mobility
		55836: // Reliance Jio
		return NetworkMobile
	}
	return NetworkUnknown
}
