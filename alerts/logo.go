package alerts

import (
	"errors"
	"net/url"
	"path"
	"slices"
	"strings"

	"example.com/accountsec/internal/canon"
)

// Logo is a picture of the shop's mark. Whoever opens a message loads it, so the
// link is the same for everybody: it holds no query.
type Logo struct {
	// URL leads to a PNG, JPEG or GIF, as [Sender.CheckLink] allows. Defaults to
	// no logo.
	URL string
	// Alt says what it shows, for those who do not see it: one line, at most 64
	// bytes. Required with URL.
	Alt string
	// Width and Height are CSS pixels: 16 to 480 and 16 to 120. Required with URL.
	Width, Height int
}

func (s Sender) checkLogo() error {
	l := s.Logo
	if l.URL == "" {
		if l != (Logo{}) {
			return errors.New("has no URL")
		}
		return nil
	}
	if err := s.CheckLink(l.URL); err != nil {
		return err
	}
	u, err := url.Parse(l.URL)
	switch {
	case err != nil || u.RawQuery != "" || u.Fragment != "" || strings.ContainsAny(l.URL, "?#"):
		return errors.New("the link holds a query, by which readers could be told apart")
	case !slices.Contains([]string{".png", ".jpg", ".jpeg", ".gif"}, strings.ToLower(path.Ext(u.Path))):
		return errors.New("is not a PNG, JPEG or GIF; mail programs do not show others")
	case l.Alt == "" || canon.Line(l.Alt, maxBrand) != l.Alt:
		return errors.New("its Alt is not one plain line")
	case l.Width < 16 || l.Width > 480 || l.Height < 16 || l.Height > 120:
		return errors.New("is not 16 to 480 wide and 16 to 120 high")
	}
	return nil
}
