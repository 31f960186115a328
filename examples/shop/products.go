package main

// product is something the demo sells. Names are message keys.
type product struct {
	ID  string
	Won int64
}

func (p product) Name() string { return "product." + p.ID }
func (p product) Text() string { return "product." + p.ID + ".text" }

var products = []product{
	{"mug", 32000}, {"tea", 18000}, {"notebook", 12500},
	{"spoon", 45000}, {"pillow", 39000}, {"apron", 54000},
}

func findProduct(id string) (product, bool) {
	for _, p := range products {
		if p.ID == id {
			return p, true
		}
	}
	return product{}, false
}
