package alerts

import (
	"errors"
	"fmt"
	"strings"
)

// Hotline is whom to report fraud to. It has a number and no link: links of
// messages lead to the shop alone.
type Hotline struct {
	// Name says who it is, at most 128 bytes.
	Name Text
	// Phone is the number as people dial it: 2 to 20 digits, spaces, hyphens and
	// a plus.
	Phone string
}

// korea are the authorities of Korea: KISA's centre for hacking, phishing and
// smishing, and the police, for money that is gone.
var korea = []Hotline{
	{Text{"en": "KISA (phishing, smishing, hacking in Korea)", "ko": "한국인터넷진흥원(KISA) 피싱·스미싱·해킹 신고"}, "118"},
	{Text{"en": "Police (losses by fraud, Korea)", "ko": "경찰(금전 피해 신고)"}, "112"},
}

const maxHotlines = 5

func checkHotlines(list []Hotline) error {
	if len(list) > maxHotlines {
		return fmt.Errorf("more than %d", maxHotlines)
	}
	for _, h := range list {
		if err := h.Name.check(2 * maxBrand); err != nil {
			return err
		}
		if n := len(h.Phone); n < 2 || n > 20 || strings.Trim(h.Phone, "+0123456789 -") != "" || strings.TrimSpace(h.Phone) != h.Phone {
			return errors.New("a Phone is not a telephone number")
		}
	}
	return nil
}

// hotlines are whom a reader of a language is told to report to.
func (s Sender) hotlines(lang string) []Hotline {
	if s.Hotlines != nil {
		return s.Hotlines
	}
	if s.Country == "KR" || s.Country == "" && lang == "ko" {
		return korea
	}
	return nil
}
