package breach

// ParseRange reads a body as the client does.
func ParseRange(body []byte) (map[string]int, error) { return parseRange(body) }
