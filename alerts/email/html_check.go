package email

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"example.com/accountsec/alerts"
)

// elements are what a mail may consist of.
var elements = strings.Fields("html head body meta title style table thead tbody tfoot tr td th caption colgroup col div span p br hr " +
	"h1 h2 h3 h4 h5 h6 ul ol li dl dt dd a img strong b em i small sup sub u center font blockquote pre code abbr " +
	"section article header footer main nav address figure figcaption")

// loading are attributes that fetch or send something.
var loading = strings.Fields("srcset background action formaction poster data cite ping longdesc usemap codebase classid archive profile manifest srcdoc dynsrc lowsrc")

// htmlCheck reads a mail as a person does, and looks for what acts or loads.
type htmlCheck struct {
	c     alerts.Content
	text  strings.Builder   // what is shown
	hrefs map[string]string // links and what they are called
	lang  string
}

func (w *htmlCheck) walk(n *html.Node, hidden bool) error {
	switch n.Type {
	case html.TextNode:
		if !hidden {
			w.text.WriteString(n.Data)
		}
		return nil
	case html.ElementNode:
		if err := w.element(n); err != nil {
			return err
		}
		if n.Data == "style" {
			return checkCSS(textOf(n))
		}
		hidden = hidden || n.Data == "head" || isHidden(n)
	}
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		if err := w.walk(child, hidden); err != nil {
			return err
		}
	}
	if n.Type == html.ElementNode && !slices.Contains([]string{"a", "span", "b", "strong", "em", "i", "u", "small", "sup", "sub", "code", "font", "abbr"}, n.Data) {
		w.text.WriteByte('\n')
	}
	return nil
}

func (w *htmlCheck) element(n *html.Node) error {
	if !slices.Contains(elements, n.Data) || n.Namespace != "" {
		return fmt.Errorf("it holds a <%s>", n.Data)
	}
	for _, a := range n.Attr {
		switch {
		case strings.HasPrefix(a.Key, "on"), slices.Contains(loading, a.Key), a.Namespace != "":
			return fmt.Errorf("<%s> has the attribute %s", n.Data, a.Key)
		case a.Key == "style":
			if err := checkCSS(a.Val); err != nil {
				return err
			}
		case a.Key == "src" && (n.Data != "img" || a.Val != w.c.Sender.Logo.URL || a.Val == ""):
			return fmt.Errorf("<%s> loads %q, which is not the sender's logo", n.Data, a.Val)
		case a.Key == "href":
			if err := w.href(n, a.Val); err != nil {
				return err
			}
		case a.Key == "http-equiv" && !strings.EqualFold(a.Val, "content-type"):
			return fmt.Errorf("<meta> has the attribute http-equiv=%q", a.Val)
		case a.Key == "lang" && n.Data == "html":
			w.lang = a.Val
		}
	}
	if l := w.c.Sender.Logo; n.Data == "img" && (attr(n, "alt") != l.Alt || attr(n, "width") != strconv.Itoa(l.Width) || attr(n, "height") != strconv.Itoa(l.Height)) {
		return errors.New("<img> lacks the logo's alt, width or height")
	}
	return nil
}

// href allows links to the sender's pages and addresses.
func (w *htmlCheck) href(n *html.Node, link string) error {
	s := w.c.Sender
	if n.Data != "a" {
		return fmt.Errorf("<%s> has the attribute href", n.Data)
	}
	if mail, ok := strings.CutPrefix(link, "mailto:"); ok {
		if mail != s.SupportEmail && mail != s.Reply() {
			return fmt.Errorf("the link %q leads to an address that is not the sender's", link)
		}
	} else if err := s.CheckLink(link); err != nil {
		return fmt.Errorf("the link %q %w", link, err)
	}
	w.hrefs[link] += squeeze(textOf(n)) + "\n"
	return nil
}

// checkCSS refuses styles that load or run something. A backslash could spell
// any word.
func checkCSS(css string) error {
	css = strings.ToLower(css)
	for _, bad := range []string{"url(", "image(", "image-set(", "src(", "@import", "@font-face", "expression(", "behavior", "binding", `\`, "/*"} {
		if strings.Contains(css, bad) {
			return fmt.Errorf("a style holds %s", bad)
		}
	}
	return nil
}

// isHidden tells what a template hides from readers by its own tag.
func isHidden(n *html.Node) bool {
	for _, a := range n.Attr {
		if a.Key == "hidden" {
			return true
		}
		if a.Key != "style" {
			continue
		}
		css := strings.ToLower(strings.Join(strings.Fields(a.Val), ""))
		for _, trick := range []string{"display:none", "visibility:hidden", "opacity:0;", "font-size:0", "max-height:0", "mso-hide:all"} {
			if strings.Contains(css+";", trick) {
				return true
			}
		}
	}
	return false
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func textOf(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	var out strings.Builder
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		out.WriteString(textOf(child))
	}
	return out.String()
}
