package activityweb

import (
	"html/template"
	"time"
)

// Templates gives the parts of the page, for a shop that composes its own:
// "page", "chart", "summary", "filter", "list", "sessions", "export" and
// "disown", each of which takes a *[View].
func Templates() (*template.Template, error) {
	return template.New("").Funcs(template.FuncMap{
		"icon": icon,
		"iso":  func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"sub":  func(a, b int) int { return a - b },
		"of":   func(v *View, item any) map[string]any { return map[string]any{"V": v, "Item": item} },
	}).ParseFS(templateFiles, "templates/*.html")
}
