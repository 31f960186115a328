package strength

// Windows gives the lengths of what the model is handed.
func Windows(password string) (n []int) {
	for _, part := range parts(password) {
		n = append(n, len(part))
	}
	return n
}
