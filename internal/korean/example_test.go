package korean_test

import (
	"fmt"

	"example.com/accountsec/internal/korean"
)

func ExampleMatches() {
	for _, m := range korean.Matches([]rune("rlaalswns!")) {
		if m.J == 8 && m.I == 0 {
			fmt.Println(m.Kind, m.Word)
			break
		}
	}
	// Output: koreanName 김민준
}

func ExampleCompose() {
	text, syllables, covered := korean.Compose([]rune("dkssud1"))
	fmt.Println(text, syllables, covered)
	// Output: 안녕1 2 6
}

func ExampleLatinKeys() {
	fmt.Println(korean.LatinKeys("ㅗ디ㅣㅐ"))
	// Output: hello
}

func ExampleResidentNumber() {
	fmt.Println(korean.ResidentNumber([]rune("my850302-1234567")))
	// Output: 2 15 true
}
