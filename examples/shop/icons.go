package main

import "html/template"

const shieldShape = `<path d="M12 3l7.5 3v5.2c0 4.8-3.2 8-7.5 9.8-4.3-1.8-7.5-5-7.5-9.8V6z"/>`
const bubbleShape = `<path d="M4 5.5h16v11h-8.5L7 20v-3.5H4z"/>`
const personShape = `<circle cx="10" cy="8" r="3.8"/><path d="M3 20c.6-4 3.4-6 7-6 1.4 0 2.7.3 3.8.9"/>`

// icons are the shop's own line drawings, on a grid of 24 by 24, by name.
var icons = map[string]string{
	"log-out":                 `<path d="M10 4H5.5A1.5 1.5 0 0 0 4 5.5v13A1.5 1.5 0 0 0 5.5 20H10M9.5 12h11M16.5 8l4 4-4 4"/>`,
	"circle-alert":            `<circle cx="12" cy="12" r="8.5"/><path d="M12 7.5v5.5M12 16.3v.1"/>`,
	"check":                   `<path d="M4.5 12.5l5 5L19.5 7"/>`,
	"shield-plus":             shieldShape + `<path d="M12 8.5v6.2M8.9 11.6h6.2"/>`,
	"shield-check":            shieldShape + `<path d="M8.8 11.8l2.3 2.3 4.2-4.4"/>`,
	"key-round":               `<circle cx="8.5" cy="15.5" r="4.5"/><path d="M11.8 12.2L20 4M16.5 7.5l3 3"/>`,
	"user-pen":                personShape + `<path d="M14 20.5l.6-2.6 5-5 2 2-5 5z"/>`,
	"message-circle-question": bubbleShape + `<path d="M10.3 9a1.8 1.8 0 1 1 2.4 1.7c-.5.2-.7.4-.7.9M12 13.7v.1"/>`,
	"message-circle":          bubbleShape,
	"monitor":                 `<path d="M3.5 4.5h17v11.5h-17zM9 20h6M12 16v4"/>`,
	"method-totp":             `<path d="M7.5 2.8h9v18.4h-9zM11 18h2"/>`,
	"method-sms":              bubbleShape + `<path d="M8 11h.1M12 11h.1M16 11h.1"/>`,
	"method-webauthn":         `<circle cx="8.5" cy="15.5" r="4.5"/><path d="M11.8 12.2L20 4M16.5 7.5l3 3"/>`,
	"mail":                    `<path d="M3.5 5.5h17v13h-17zM3.5 6.5l8.5 6 8.5-6"/>`,
	"bell-ring":               `<path d="M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15zM10 20.5h4"/>`,
	"shopping-bag":            `<path d="M5 8h14l1 12.5H4zM8.5 8V7a3.5 3.5 0 0 1 7 0v1"/>`,
	"globe":                   `<circle cx="12" cy="12" r="8.5"/><path d="M3.5 12h17M12 3.5c5 5 5 12 0 17M12 3.5c-5 5-5 12 0 17"/>`,
	"list":                    `<path d="M9 6h11.5M9 12h11.5M9 18h11.5M4 6h.1M4 12h.1M4 18h.1"/>`,
	"arrow-left":              `<path d="M19.5 12h-15M10 6l-6 6 6 6"/>`,
	"dot":                     `<circle cx="12" cy="12" r="2.5"/>`,
}

// icon draws one for a page; it is decoration and hidden from screen readers.
func icon(name string, size int) template.HTML {
	shape, ok := icons[name]
	if !ok {
		shape = icons["dot"]
	}
	px := itoa(size)
	return template.HTML(`<svg aria-hidden="true" width="` + px + `" height="` + px + //nolint:gosec // constants only
		`" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round">` + shape + `</svg>`)
}
