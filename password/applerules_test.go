package password_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// appleRules is what a passwordrules attribute asks for.
type appleRules struct {
	minLength, maxLength int
	required             [][]string // of each, one class
	allowed              []string
}

// parseAppleRules reads the attribute by the grammar that Apple published:
// properties apart by semicolons, a name, a colon, and a number or classes
// apart by commas. It is strict: what the grammar does not know is an error.
func parseAppleRules(text string) (r appleRules, err error) {
	for property := range strings.SplitSeq(strings.TrimSuffix(text, ";"), ";") {
		name, value, ok := strings.Cut(property, ":")
		if !ok {
			return r, fmt.Errorf("%q is no property", property)
		}
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		switch name {
		case "minlength", "maxlength", "max-consecutive":
			n, err := strconv.Atoi(value)
			if err != nil || n <= 0 || value != strconv.Itoa(n) {
				return r, fmt.Errorf("%q is no length", value)
			}
			switch name {
			case "minlength":
				r.minLength = n
			case "maxlength":
				r.maxLength = n
			}
		case "required", "allowed":
			classes, err := appleClasses(value)
			if err != nil {
				return r, err
			}
			if name == "required" {
				r.required = append(r.required, classes)
			} else {
				r.allowed = append(r.allowed, classes...)
			}
		default:
			return r, fmt.Errorf("%q is no property's name", name)
		}
	}
	return r, nil
}

func appleClasses(value string) (classes []string, err error) {
	for class := range strings.SplitSeq(value, ",") {
		class = strings.TrimSpace(class)
		if !slices.Contains([]string{"upper", "lower", "digit", "special", "ascii-printable", "unicode"}, class) {
			return nil, fmt.Errorf("%q is no class", class)
		}
		classes = append(classes, class)
	}
	return classes, nil
}

// generate makes what a password manager might make for the rules, as short as
// they permit, out of a fixed text that is hard to guess.
func (r appleRules) generate() string {
	sample := map[string]string{"upper": "Q", "lower": "t", "digit": "4", "special": "-"}
	out := ""
	for _, one := range r.required {
		out += sample[one[0]]
	}
	const noise = "xvkmqzjwhfbpgdnr"
	for i := 0; len(out) < r.minLength; i++ {
		out += string(noise[i%len(noise)])
	}
	return out
}
