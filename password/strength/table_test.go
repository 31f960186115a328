package strength

import "testing"

// TestTable: the table holds the lists whole, each word once with its rank.
func TestTable(t *testing.T) {
	table := words()
	n := 0
	counts := map[list]int{}
	for node, rank := range table.rank {
		if rank != 0 {
			n++
			counts[table.list[node]]++
		}
	}
	if n != 93855 || counts[listPasswords] != 30000 || counts[listEnglish] != 30000 || counts[listFemale] != 3712 ||
		counts[listSurnames] != 10000 || counts[listFilm] != 19160 || counts[listMale] != 983 {
		t.Errorf("%d words: %v", n, counts)
	}
	for word, want := range map[string]entry{"password": {rank: 2}, "the": {rank: 1, list: listEnglish}, "mary": {rank: 1, list: listFemale}, "smith": {rank: 1, list: listSurnames}, "you": {rank: 1, list: listFilm}} {
		node := uint32(0)
		for _, c := range word {
			node = table.child(node, c)
		}
		if got := (entry{rank: table.rank[node], list: table.list[node]}); got != want {
			t.Errorf("%s: %+v, want %+v", word, got, want)
		}
	}
	if table.child(0, 'p'+256) != 0 || table.child(0, '가') != 0 {
		t.Error("a character beyond ASCII leads on")
	}
}

// BenchmarkTable is what the first estimate costs.
func BenchmarkTable(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		newTable(unpack())
	}
}
