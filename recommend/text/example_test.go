package text_test

import (
	"fmt"

	"akin/recommend/text"
)

func ExampleAnalyzer_Terms() {
	a, err := text.New(text.DefaultSettings())
	if err != nil {
		panic(err)
	}
	for _, t := range a.Terms(nil, "en", "The U.S. cities' rent control, <b>explained</b>") {
		fmt.Printf("%-15s %-12s %v\n", t.Key, t.Surface, t.Kind)
	}
	// Output:
	// :us             U.S.         acronym
	// en:citi         cities       word
	// en:US citi      U.S. cities  pair
	// en:rent         rent         word
	// en:citi rent    cities rent  pair
	// en:control      control      word
	// en:rent control rent control pair
	// en:explain      explained    word
}

func ExamplePlain() {
	fmt.Println(text.Plain("<p>Rents &amp; caf\u00e9s,\u00a0by&nbsp;<em>N. Ng</em></p>"))
	// Output: Rents & cafés, by N. Ng
}
