package activity_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"example.com/accountsec/activity"
)

func TestEveryTypeIsDescribed(t *testing.T) {
	l := newLog(t, nil)
	file, err := parser.ParseFile(token.NewFileSet(), "types.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	declared := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); !ok || name.Name != "Type" {
			return true
		}
		declared++
		text, _ := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		info, ok := l.Info(activity.Type(text))
		if !ok || info.Category == "" || info.Icon == "" || string(info.Type) != text {
			t.Errorf("%s is not described: %+v", text, info)
		}
		for _, lang := range []string{"en", "ko"} {
			if label := activity.Label(lang, info.Type); label == "" || strings.Contains(label, "type.") {
				t.Errorf("%s has no label in %s: %q", text, lang, label)
			}
		}
		if !strings.ContainsFunc(activity.Label("ko", info.Type), func(r rune) bool { return unicode.Is(unicode.Hangul, r) }) {
			t.Errorf("%s in Korean: %q", text, activity.Label("ko", info.Type))
		}
		return true
	})
	if types := l.Types(); declared != len(types) || declared < 30 {
		t.Errorf("%d types declared, %d in the catalogue", declared, len(types))
	}
	for _, c := range l.Categories() {
		if c.Labels["en"] == "" || c.Labels["ko"] == "" || strings.Contains(c.Labels["en"], "category.") {
			t.Errorf("%+v", c)
		}
	}
	if n := len(l.Categories()); n != 9 {
		t.Errorf("%d categories", n)
	}
}

func TestOwnTypes(t *testing.T) {
	labels := map[string]string{"en": "Gift sent", "ko": "선물 보냄", "JA": "ギフト送信"}
	l := newLog(t, func(c *activity.Config) {
		c.Categories = []activity.CategoryInfo{{Category: "gift", Labels: map[string]string{"en": "Gifts", "ko": "선물"}}}
		c.Types = []activity.TypeInfo{
			{Type: "gift.sent", Category: "gift", Icon: "gift", Severity: activity.Notice, Labels: labels},
			{Type: "coupon.used", Category: activity.CategoryOrder, Labels: map[string]string{"en": "Coupon\nused"}},
		}
	})
	labels["en"] = "changed later"
	for _, c := range [][3]string{
		{"en", "gift.sent", "Gift sent"}, {"ko-KR,ko;q=0.9", "gift.sent", "선물 보냄"}, {"ja-JP", "gift.sent", "ギフト送信"},
		{"fr", "gift.sent", "Gift sent"}, {"fr, ko;q=0.5", "gift.sent", "선물 보냄"}, {"", "gift.sent", "Gift sent"},
		{"ko", "coupon.used", "Coupon used"}, {"ko", "signout", "로그아웃"}, {"ko", "retired.type\x00", "retired.type"},
	} {
		if got := l.Label(c[0], activity.Type(c[1])); got != c[2] {
			t.Errorf("%s in %q: %q, want %q", c[1], c[0], got, c[2])
		}
	}
	if got := l.CategoryLabel("ko", "gift") + l.CategoryLabel("ko", "order") + l.CategoryLabel("ko", "none"); got != "선물주문none" {
		t.Error(got)
	}
	info, ok := l.Info("coupon.used")
	if !ok || info.Icon != "dot" || info.Severity != activity.Info {
		t.Errorf("%+v, %v", info, ok)
	}
	info.Labels["en"] = "changed by a reader"
	if l.Label("en", "coupon.used") != "Coupon used" {
		t.Error("the catalogue can be changed from outside")
	}
	e := event("kim")
	e.Type = "gift.sent"
	record(t, l, e, event("kim"))
	got, err := l.List(t.Context(), "kim", "kim", activity.Filter{Categories: []string{"gift"}}, activity.Page{})
	if err != nil || len(got.Events) != 1 {
		t.Errorf("%v, %v", got, err)
	}
	if _, ok := newLog(t, nil).Info("gift.sent"); ok {
		t.Error("another log knows the shop's type")
	}
}

func TestOtherLabels(t *testing.T) {
	if got := activity.OutcomeLabel("ko", activity.OutcomeDenied) + activity.OutcomeLabel("en", "odd\x00"); got != "차단됨odd" {
		t.Error(got)
	}
	if got := activity.SeverityLabel("en", activity.Critical) + activity.SeverityLabel("ko", 9); got != "Importantunknown" {
		t.Error(got)
	}
	if s := activity.Info.String() + activity.Notice.String() + activity.Warning.String() + activity.Critical.String(); s != "infonoticewarningcritical" {
		t.Error(s)
	}
}
