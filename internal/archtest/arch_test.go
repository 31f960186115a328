// Package archtest fails when an import points up or sideways in the house
// that CONTRIBUTING.md draws.
package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "example.com/accountsec"

type pkg struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

// domains are the siblings of floor 3.
var domains = []string{"password", "mfa", "recovery", "alerts"}

// drivers may be imported by internal/storetest and examples only.
var drivers = []string{"modernc.org/sqlite", "github.com/jackc/pgx", "github.com/mattn/go-sqlite3"}

// leaves are libraries that only the named package may bring in, so that an
// importer of a sibling inherits none of them.
var leaves = map[string]string{
	"github.com/pquerna/otp":         "mfa/totp",
	"github.com/wneessen/go-mail":    "alerts/email",
	"github.com/oschwald":            "activity/geoip",
	"github.com/nbutton23/zxcvbn-go": "password/zxcvbngo",
	"github.com/FastFilter":          "password/breach",
	"github.com/go-webauthn":         "mfa/webauthn",
	"github.com/nyaruka":             "mfa/sms",
	"github.com/emersion":            "alerts/email",
	"github.com/riverqueue":          "alerts/riverqueue",
	"github.com/chromedp":            "internal/browsertest",
}

func TestImportDirection(t *testing.T) {
	for _, p := range list(t) {
		from := place(p.ImportPath)
		for _, imp := range p.Imports {
			if why := forbidden(from, imp); why != "" {
				t.Errorf("%s imports %s: %s", from, imp, why)
			}
		}
		if from == "examples" || strings.HasPrefix(from, "examples/") || from == "internal/storetest" {
			continue
		}
		for _, imp := range slices.Concat(p.TestImports, p.XTestImports) {
			if isDriver(imp) {
				t.Errorf("the tests of %s import the driver %s: they belong in internal/storetest", from, imp)
			}
		}
	}
}

// TestTheTestBites shows that each rule refuses what it is there to refuse.
func TestTheTestBites(t *testing.T) {
	for _, c := range [][2]string{
		{"password", module + "/mfa"}, {"mfa", module + "/mfa/totp"}, {"activity", module + "/alerts"},
		{"alerts", module}, {"internal/secret", module + "/activity"}, {"password/strength", module + "/password"},
		{"password", "modernc.org/sqlite"}, {"mfa", "github.com/pquerna/otp/totp"}, {"recovery", module + "/examples/shop"},
		{"mfa/totp", module + "/mfa/sms"}, {"", module + "/examples/shop"}, {"password", module + "/internal/storetest"},
		{"mfa/mfaweb", module + "/internal/browsertest"}, {"mfa/mfaweb", "github.com/chromedp/chromedp"},
		{"alerts/risk", module + "/alerts"}, {"alerts/risk", module + "/internal/riskeval"}, {"", module + "/internal/riskeval"},
		{"mfa", module + "/internal/racing"},
	} {
		if forbidden(c[0], c[1]) == "" {
			t.Errorf("%q may import %q", c[0], c[1])
		}
	}
	for _, c := range [][2]string{
		{"", module + "/alerts/email"}, {"mfa/totp", module + "/mfa"}, {"password", module + "/activity"},
		{"activity", module + "/internal/sqldb"}, {"password", module + "/password/strength"},
		{"examples/shop", module}, {"password/passwordtest", module + "/password"}, {"mfa/totp", "github.com/pquerna/otp"},
		{"alerts", module + "/alerts/risk"}, {"internal/riskeval", module + "/alerts/risk"}, {"examples/riskeval", module + "/internal/riskeval"},
		{"mfa/mfatest", module + "/internal/racing"},
	} {
		if why := forbidden(c[0], c[1]); why != "" {
			t.Errorf("%q may not import %q: %s", c[0], c[1], why)
		}
	}
}

// TestTopLevel keeps the first look at the repository a map of the house.
func TestTopLevel(t *testing.T) {
	rooms := []string{"activity", "alerts", "examples", "internal", "mfa", "password", "recovery"}
	files := []string{"CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "SECURITY.md", "go.mod", "go.sum"}
	entries, err := os.ReadDir("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		name := e.Name()
		switch {
		case strings.HasPrefix(name, "."), strings.HasSuffix(name, ".go"), name == "shop-data":
		case e.IsDir() && slices.Contains(rooms, name), !e.IsDir() && slices.Contains(files, name):
		default:
			t.Errorf("%s does not belong on the top level", name)
		}
	}
}

func forbidden(from, imp string) string {
	if isDriver(imp) && from != "internal/storetest" && !strings.HasPrefix(from, "examples/") {
		return "database drivers are the application's choice"
	}
	for prefix, owner := range leaves {
		if strings.HasPrefix(imp, prefix) && from != owner && !strings.HasPrefix(from, owner+"/") &&
			!strings.HasPrefix(from, "examples/") && !strings.HasPrefix(from, "internal/") {
			return "only " + owner + " brings this library in"
		}
	}
	if imp != module && !strings.HasPrefix(imp, module+"/") {
		return ""
	}
	to := place(imp)
	if strings.HasPrefix(to, "internal/storetest") || to == "internal/browsertest" || strings.HasPrefix(to, "examples") {
		return "nothing imports tests' harnesses or the examples"
	}
	if to == "internal/racing" && !strings.HasSuffix(from, "test") {
		return "it is for tests alone"
	}
	a, b := domain(from), domain(to)
	switch {
	case floor(to) < floor(from):
		return ""
	case floor(to) > floor(from):
		return "points up"
	case a == b && floor(from) == 3:
		return within(from, to)
	case floor(from) == 1 || floor(from) == 5 || a == b:
		return ""
	}
	return "points sideways"
}

// within judges an import inside one domain of floor 3: pure cores (strength,
// risk) are below the domain's root, everything else is above it.
func within(from, to string) string {
	if rank(to) < rank(from) {
		return ""
	}
	return "points up or sideways inside its domain"
}

func rank(place string) int {
	switch {
	case strings.HasSuffix(place, "/strength"), strings.HasSuffix(place, "/risk"):
		return 0
	case !strings.Contains(place, "/"):
		return 1
	case strings.HasSuffix(place, "web"), strings.HasSuffix(place, "test"):
		return 3
	}
	return 2
}

// floor gives the storey of a place; tests' helpers stand on their own. The
// evaluation of alerts/risk looks at it from above, as a program does.
func floor(place string) int {
	switch d := domain(place); {
	case place == "internal/riskeval":
		return 5
	case strings.HasPrefix(place, "internal/"):
		return 1
	case d == "activity":
		return 2
	case slices.Contains(domains, d):
		return 3
	case place == "":
		return 4
	default:
		return 5
	}
}

func domain(place string) string {
	d, _, _ := strings.Cut(place, "/")
	return d
}

func place(importPath string) string {
	return strings.TrimPrefix(strings.TrimPrefix(importPath, module), "/")
}

func isDriver(imp string) bool {
	return slices.ContainsFunc(drivers, func(d string) bool { return imp == d || strings.HasPrefix(imp, d+"/") })
}

func list(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json", module+"/...")
	cmd.Dir = "../.."
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("go list: %v: %s", err, errs.String())
	}
	var pkgs []pkg
	for dec := json.NewDecoder(&out); ; {
		var p pkg
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
	if len(pkgs) == 0 {
		t.Fatal("go list found no package")
	}
	return pkgs
}
