package activityweb

import "html/template"

const shieldShape = `<path d="M12 3l7.5 3v5.2c0 4.8-3.2 8-7.5 9.8-4.3-1.8-7.5-5-7.5-9.8V6z"/>`
const bubbleShape = `<path d="M4 5.5h16v11h-8.5L7 20v-3.5H4z"/>`
const mailShape = `<path d="M20.5 12V5.5h-17v13H12M3.5 6.5l8.5 6 8.5-6"/>`
const personShape = `<circle cx="10" cy="8" r="3.8"/><path d="M3 20c.6-4 3.4-6 7-6 1.4 0 2.7.3 3.8.9"/>`
const screenShape = `<path d="M4 5h16v11H4zM9 20h6M12 16v4"/>`
const boxShape = `<path d="M4 8l8-4.5L20 8v8l-8 4.5L4 16zM4 8l8 4.5L20 8"/>`

// icons are our own line drawings, on a grid of 24 by 24, under the
// names that activity uses.
var icons = map[string]string{
	"log-in":                  `<path d="M14 4h4.5a1.5 1.5 0 0 1 1.5 1.5v13a1.5 1.5 0 0 1-1.5 1.5H14M3.5 12H15M11 8l4 4-4 4"/>`,
	"log-out":                 `<path d="M10 4H5.5A1.5 1.5 0 0 0 4 5.5v13A1.5 1.5 0 0 0 5.5 20H10M9.5 12h11M16.5 8l4 4-4 4"/>`,
	"x-circle":                `<circle cx="12" cy="12" r="8.5"/><path d="M9 9l6 6M15 9l-6 6"/>`,
	"ban":                     `<circle cx="12" cy="12" r="8.5"/><path d="M6 6l12 12"/>`,
	"circle-alert":            `<circle cx="12" cy="12" r="8.5"/><path d="M12 7.5v5.5M12 16.3v.1"/>`,
	"shield-question":         shieldShape + `<path d="M10 9.3a2 2 0 1 1 2.8 1.9c-.5.2-.8.5-.8 1.1v.4M12 15.6v.1"/>`,
	"shield-x":                shieldShape + `<path d="M9.8 9.5l4.4 4.4M14.2 9.5l-4.4 4.4"/>`,
	"shield-plus":             shieldShape + `<path d="M12 8.5v6.2M8.9 11.6h6.2"/>`,
	"shield-check":            shieldShape + `<path d="M8.8 11.8l2.3 2.3 4.2-4.4"/>`,
	"shield-off":              shieldShape + `<path d="M9 11.6h6"/>`,
	"key-round":               `<circle cx="8.5" cy="15.5" r="4.5"/><path d="M11.8 12.2L20 4M16.5 7.5l3 3"/>`,
	"user-pen":                personShape + `<path d="M14 20.5l.6-2.6 5-5 2 2-5 5z"/>`,
	"user-plus":               personShape + `<path d="M18.5 14.5v6M15.5 17.5h6"/>`,
	"user-x":                  personShape + `<path d="M16 15l5 5M21 15l-5 5"/>`,
	"pencil":                  `<path d="M4 20l1-4.5L16 4.5l3.5 3.5L8.5 19z"/>`,
	"list-restart":            `<path d="M4 6h16M4 11h8M4 16h6M13.5 16.5a3.5 3.5 0 1 0 1.2-2.7l-1.2 1.2M13.5 12.5V15H16"/>`,
	"ticket-check":            `<path d="M3.5 8V5.5h17V9a3 3 0 0 0 0 6v3.5h-17V15a3 3 0 0 0 0-6zM9 12l2.2 2.2L15 10"/>`,
	"message-circle-question": bubbleShape + `<path d="M10.3 9a1.8 1.8 0 1 1 2.4 1.7c-.5.2-.7.4-.7.9M12 13.7v.1"/>`,
	"message-circle-check":    bubbleShape + `<path d="M9 11l2.2 2.2L15.2 9"/>`,
	"message-circle-x":        bubbleShape + `<path d="M10 9l4 4M14 9l-4 4"/>`,
	"life-buoy":               `<circle cx="12" cy="12" r="8.5"/><circle cx="12" cy="12" r="3.5"/><path d="M6 6l3.5 3.5M14.5 14.5L18 18M18 6l-3.5 3.5M9.5 14.5L6 18"/>`,
	"mail-check":              mailShape + `<path d="M15 18l2 2 4-4.5"/>`,
	"mail-x":                  mailShape + `<path d="M16 15.5l4.5 4.5M20.5 15.5L16 20"/>`,
	"bell-ring":               `<path d="M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15zM10 20.5h4"/>`,
	"shopping-bag":            `<path d="M5 8h14l1 12.5H4zM8.5 8V7a3.5 3.5 0 0 1 7 0v1"/>`,
	"package-x":               boxShape,
	"undo-2":                  `<path d="M8 5L4 9l4 4M4 9h10a5.5 5.5 0 0 1 0 11h-4"/>`,
	"credit-card":             `<path d="M3.5 6h17v12.5h-17zM3.5 10.5h17M7 15h3"/>`,
	"monitor-x":               screenShape + `<path d="M10 8.5l4 4M14 8.5l-4 4"/>`,
	"monitor-check":           screenShape + `<path d="M9.5 10.5l2 2 3.5-4"/>`,
	"map-pin":                 `<path d="M12 20.5c-4-4.6-6-7.8-6-10.5a6 6 0 0 1 12 0c0 2.7-2 5.9-6 10.5z"/><circle cx="12" cy="10" r="2.2"/>`,
	"circle-slash":            `<circle cx="12" cy="12" r="8.5"/><path d="M18 6L6 18"/>`,
	"landmark":                `<path d="M4 9.5L12 4.5l8 5zM5 19.5h14M7 12v5M12 12v5M17 12v5"/>`,
	"flag":                    `<path d="M6 20.5v-16h11l-2 4 2 4H6"/>`,
	"download":                `<path d="M12 4v11M7.5 10.5L12 15l4.5-4.5M4.5 19.5h15"/>`,
	"headset":                 `<path d="M5 15v-3a7 7 0 0 1 14 0v3M5 13.5h2.5v5H6a1 1 0 0 1-1-1zM19 13.5h-2.5v5H18a1 1 0 0 0 1-1z"/>`,
	"eye":                     `<path d="M3 12c2.5-4 5.5-6 9-6s6.5 2 9 6c-2.5 4-5.5 6-9 6s-6.5-2-9-6z"/><circle cx="12" cy="12" r="2.8"/>`,
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
