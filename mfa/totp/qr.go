package totp

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
)

const (
	quiet = 4 // modules of white around the code (ISO/IEC 18004 §6.3.8)
	scale = 8 // pixels a module
)

// qrCode is a QR code's modules, of error correction level M. The library
// that makes them draws no quiet zone, without which a code on a dark page
// cannot be read; so the pictures are drawn here.
type qrCode struct {
	modules barcode.Barcode
	size    int // modules a side, quiet zone included
}

func newQR(text string) (qrCode, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil { // its text may quote the URI
		return qrCode{}, errors.New("totp: the URI does not fit into a QR code")
	}
	return qrCode{modules: code, size: code.Bounds().Dx() + 2*quiet}, nil
}

func (q qrCode) black(x, y int) bool {
	x, y = x-quiet, y-quiet
	n := q.size - 2*quiet
	if x < 0 || y < 0 || x >= n || y >= n {
		return false
	}
	r, _, _, _ := q.modules.At(x, y).RGBA()
	return r == 0
}

var blackModule = bytes.Repeat([]byte{1}, scale) // the palette's second colour

func (q qrCode) png() ([]byte, error) {
	img := image.NewPaletted(image.Rect(0, 0, q.size*scale, q.size*scale), color.Palette{color.White, color.Black})
	for y := range q.size {
		row := img.Pix[y*scale*img.Stride:][:img.Stride]
		for x := range q.size {
			if q.black(x, y) {
				copy(row[x*scale:], blackModule)
			}
		}
		for i := 1; i < scale; i++ {
			copy(img.Pix[(y*scale+i)*img.Stride:], row)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, fmt.Errorf("totp: PNG: %w", err)
	}
	return b.Bytes(), nil
}

// svg draws each row's runs of black modules as one path.
func (q qrCode) svg() string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges" role="img">`, q.size, q.size)
	fmt.Fprintf(&b, `<path fill="#fff" d="M0 0h%dv%dH0z"/><path fill="#000" d="`, q.size, q.size)
	for y := range q.size {
		for x := 0; x < q.size; x++ {
			run := 0
			for q.black(x+run, y) {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", x, y, run, run)
				x += run
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return b.String()
}
