package recovery

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"example.com/accountsec/internal/canon"
)

const (
	minOwn = 10  // characters of an own question
	maxOwn = 200 // likewise
)

// What an own question may not ask. It is shown to whoever has proved the
// channel, so it may also hold nothing secret.
var (
	asksYesNo = regexp.MustCompile(`(?i)^(is|are|am|was|were|do|does|did|have|has|had|can|could|will|would|should|may|might|isn't|aren't|wasn't|didn't|don't)\b`)
	// A Korean question that ends in a verb asks for yes or no, unless a word
	// of asking stands in it.
	endsInVerb = regexp.MustCompile(`(나요|가요|까요|까|니|냐|어요|아요|죠|지요)[?？.! ]*$`)
	asksWhat   = regexp.MustCompile(`무엇|무슨|뭐|뭘|뭔|어디|언제|누구|누가|어느|어떤|어떻게|어쩌다|왜|몇|얼마`)

	asksFew = regexp.MustCompile(`(?i)\bcolou?rs?\b|\bhow (many|old|often|tall)\b|\b(day of the week|which month|what month|favou?rite number|lucky number|blood type|zodiac|star sign|shoe size)\b` +
		`|무슨 ?색|어떤 ?색|색깔|색은|몇 ?(명|개|살|번|층|월|시|학년|반)|혈액형|별자리|무슨 ?띠|요일|계절|행운의 ?(숫자|번호)|좋아하는 ?숫자`)

	asksPublic = regexp.MustCompile(`(?i)\b(birthday|birth ?date|date of birth|birthplace|anniversary|maiden name|middle name|hometown|home town|phone number|e-?mail|postcode|zip code|mascot)\b` +
		`|\bborn\b|\b(what|which|name of)\b.*\b(high |primary |elementary |middle )?school\b.*\b(go|attend|name)|\b(high|primary|elementary|middle) school('s)? name\b|\b(pet|dog|cat)('s)? name\b|\bname of (my|your|the|our)( first)? (pet|dog|cat|high school|school)\b` +
		`|생일|생년월일|출생|태어난|고향|기념일|성함|(어머니|아버지|엄마|아빠|배우자|남편|아내)의? ?이름|(초등|중|고등|대)학교 ?(이름|는|은)|(졸업|다닌|나온)한? ?학교|(강아지|고양이|반려견|반려묘|애완동물)의? ?이름|전화번호|주소|우편번호`)

	asksSecret = regexp.MustCompile(`(?i)\bpass ?(word|code|phrase)s?\b|\bpin\b|\b(card|account|passport|social security) number\b|\bssn\b|비밀번호|비번|암호|핀 ?번호|카드 ?번호|계좌|주민(등록)?번호|여권`)
)

// screen judges the owner's own question.
func screen(own string) Reason {
	n := utf8.RuneCountInString(own)
	switch {
	case n < minOwn || n > maxOwn || canon.Line(own, 4*maxOwn) != own:
		return ReasonOwnQuestion
	case asksSecret.MatchString(own):
		return ReasonSecretQuestion
	case !readsLikeOne(own):
		return ReasonNotAQuestion
	case asksYesNo.MatchString(own), endsInVerb.MatchString(own) && !asksWhat.MatchString(own):
		return ReasonYesNo
	case asksFew.MatchString(own):
		return ReasonFewAnswers
	case asksPublic.MatchString(own):
		return ReasonPublic
	}
	return ""
}

// readsLikeOne tells words from a password or an answer that was put into the
// wrong field: several words, of letters, none of which mixes letters with
// digits and signs.
func readsLikeOne(s string) bool {
	words := strings.Fields(s)
	if len(words) < 2 {
		return false
	}
	for _, w := range words {
		w = strings.TrimRight(strings.TrimLeft(w, `"'(“‘`), `"')”’?？!.,:;…`)
		var letters, digits, signs int
		for _, r := range w {
			switch {
			case unicode.IsLetter(r) || unicode.IsMark(r):
				letters++
			case unicode.IsDigit(r):
				digits++
			case r != '\'' && r != '’' && r != '-' && r != '/' && r != '&':
				signs++
			}
		}
		if signs > 0 && letters+digits > 0 || letters > 0 && digits > 0 && letters+digits > 7 {
			return false
		}
	}
	return strings.ContainsFunc(s, unicode.IsLetter)
}
