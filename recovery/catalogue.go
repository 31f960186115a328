package recovery

import "slices"

// topic is what an answer names; it chooses the list of answers that are
// refused because many people give them.
type topic string

const (
	place   topic = "place"
	person  topic = "person"
	thing   topic = "thing"
	food    topic = "food"
	nick    topic = "nickname"
	saying  topic = "saying"
	event   topic = "event"
	culture topic = "culture"
)

// The studies that the grades rest on:
//
//	B15  Bonneau et al., "Secrets, Lies, and Account Recovery", WWW 2015
//	S09  Schechter, Brush, Egelman, "It's No Secret", IEEE S&P 2009
//	R08  Rabkin, "Personal Knowledge Questions for Fallback Authentication", SOUPS 2008
//
// They measured facts: guessed in ten tries, a city of birth 39 % (Korean) and
// 6.9 % (English), a favourite food 43 % (Korean), a first teacher's name 24 %
// (Arabic), a father's middle name 21 % (Spanish) and 14.6 % (English), which
// 79 % and 74 % of their owners recalled (B15); acquaintances guessed 17 % of
// all answers, and 20 % were forgotten within six months (S09); and what guards
// a fact is how hard it is to look up, which gets less every year (R08). So the
// catalogue asks for no birthplace, school, maiden name, pet, team or
// favourite. Of memories nothing was measured at that scale: where a question
// cites no figure, its grade is our own estimate from how many likely answers
// there are, who else was there, and what people post.
//
// An id is stored with the answers, so none is ever taken out or given another
// meaning; new ones are added at the end of their group.
var catalogue = []Question{
	{ID: "childhood_hideout", Kind: Memory, topic: place, Guessable: Medium, Memorable: High, Findable: Low, Why: "a place in one's own home or street; a few are common (closet, attic) and are refused"},
	{ID: "lost_object", Kind: Memory, topic: thing, Guessable: Low, Memorable: High, Findable: Low, Why: "asks for two things at once, which multiplies the likely answers"},
	{ID: "made_up_word", Kind: Memory, topic: nick, Guessable: Low, Memorable: High, Findable: Low, Why: "not a word of any dictionary; the family knows it (S09: those close guess best)"},
	{ID: "broken_thing", Kind: Memory, topic: thing, Guessable: Medium, Memorable: Medium, Findable: Low, Why: "was kept quiet at the time; vases and windows are common and refused"},
	{ID: "secret_snack", Kind: Memory, topic: food, Guessable: Medium, Memorable: Medium, Findable: Low, Why: "foods have a short head (B15: 19.7 % in one try for a favourite), so the list of refused ones is long"},
	{ID: "first_lie", Kind: Memory, topic: event, Guessable: Low, Memorable: Medium, Findable: Low, Why: "by its nature nobody was told"},
	{ID: "dream_job_reason", Kind: Memory, topic: event, Guessable: Low, Memorable: Medium, Findable: Low, Why: "the job alone would be guessable (doctor, teacher); the reason is not"},
	{ID: "stuffed_toy", Kind: Memory, topic: nick, Guessable: Medium, Memorable: High, Findable: Low, Why: "names of toys follow names of pets, which have a short head; those are refused"},
	{ID: "wrong_bus", Kind: Memory, topic: place, Guessable: Low, Memorable: High, Findable: Low, Why: "a stop or village, not a city; big cities are refused"},
	{ID: "gift_never_used", Kind: Memory, topic: thing, Guessable: Medium, Memorable: Medium, Findable: Low, Why: "the giver knows of the present, seldom of its fate"},
	{ID: "first_meal_cooked", Kind: Memory, topic: food, Guessable: Medium, Memorable: High, Findable: Low, Why: "a disaster is told but rarely posted; the common dishes are refused"},
	{ID: "scar_story", Kind: Memory, topic: event, Guessable: Low, Memorable: High, Findable: Low, Why: "how it happened, not where it is, which would be one of few"},
	{ID: "hidden_thing_place", Kind: Memory, topic: place, Guessable: Medium, Memorable: Medium, Findable: Low, Why: "a hiding place was chosen so that others do not guess it"},
	{ID: "childhood_fear", Kind: Memory, topic: thing, Guessable: Medium, Memorable: High, Findable: Low, Why: "dark, dogs and spiders are common and refused; what is left is particular"},
	{ID: "song_for_sleep", Kind: Memory, topic: saying, Guessable: Medium, Memorable: High, Findable: Low, Why: "asks for the words as misheard, which no list has"},
	{ID: "imaginary_friend", Kind: Memory, topic: nick, Guessable: Low, Memorable: Medium, Findable: Low, Why: "a name nobody else used; many have none (R08: questions that do not apply to everybody)"},
	{ID: "rainy_day_memory", Kind: Memory, topic: event, Guessable: Low, Memorable: Medium, Findable: Low, Why: "a scene in words, with no list of likely answers"},
	{ID: "worst_haircut", Kind: Memory, topic: event, Guessable: Low, Memorable: High, Findable: Medium, Why: "photographs may be about, the words for it are not"},
	{ID: "found_on_the_way", Kind: Memory, topic: thing, Guessable: Medium, Memorable: Medium, Findable: Low, Why: "coins and phones are common and refused"},
	{ID: "smell_of_home", Kind: Memory, topic: thing, Guessable: Medium, Memorable: High, Findable: Low, Why: "never asked anywhere, so never posted"},
	{ID: "funniest_misunderstanding", Kind: Memory, topic: event, Guessable: Low, Memorable: Medium, Findable: Low, Why: "a story with a punch line; those who were there know it (S09)"},
	{ID: "game_invented", Kind: Memory, topic: nick, Guessable: Low, Memorable: Medium, Findable: Low, Why: "a made-up name; playmates know it (S09)"},
	{ID: "trip_that_failed", Kind: Memory, topic: place, Guessable: Low, Memorable: High, Findable: Medium, Why: "trips are posted, failed ones seldom; the place is not a big city"},
	{ID: "kept_ticket", Kind: Memory, topic: event, Guessable: Low, Memorable: Medium, Findable: Low, Why: "something kept in a drawer and worth nothing to others"},
	{ID: "first_bought", Kind: Memory, topic: thing, Guessable: Medium, Memorable: Medium, Findable: Low, Why: "toys and games of an age group are guessable in part; the common ones are refused"},
	{ID: "teacher_habit", Kind: Memory, topic: event, Guessable: Medium, Memorable: High, Findable: Medium, Why: "thirty classmates know it; the teacher's name alone is 24 % in ten tries (B15, Arabic)"},
	{ID: "neighbour_nickname", Kind: Memory, topic: nick, Guessable: Low, Memorable: Medium, Findable: Low, Why: "secret by its nature; siblings may know it"},
	{ID: "first_concert_friend", Kind: Memory, topic: person, Guessable: Medium, Memorable: High, Findable: Medium, Why: "a name: names have a short head (B15: 14.6 to 24 % in ten tries), so common ones are refused"},
	{ID: "grandparent_saying", Kind: Fact, topic: saying, Guessable: Medium, Memorable: High, Findable: Low, Why: "the family knows it; proverbs are refused"},
	{ID: "family_recipe_secret", Kind: Fact, topic: food, Guessable: Medium, Memorable: High, Findable: Low, Why: "the family knows it; the common seasonings are refused"},
	{ID: "house_marking", Kind: Fact, topic: thing, Guessable: Medium, Memorable: High, Findable: Medium, Why: "whoever visited may have seen it; it is on no profile"},
	{ID: "old_locker_number", Kind: Fact, topic: event, Guessable: Medium, Memorable: Low, Findable: Low, Why: "numbers are forgotten (B15: a first phone number recalled by 55 %) and faked alike; asks for what it opened too"},
	{ID: "first_online_name", Kind: Fact, topic: nick, Guessable: Medium, Memorable: Medium, Findable: Medium, Why: "old forums remember it, for whoever finds them (R08)"},
	{ID: "first_phone_model", Kind: Fact, topic: culture, Guessable: High, Memorable: High, Findable: Medium, Why: "a dozen models cover an age group, which gives it away"},
	{ID: "first_album", Kind: Fact, topic: culture, Guessable: High, Memorable: High, Findable: High, Why: "follows the charts of a year of birth, and is on many profiles (R08)"},
	{ID: "childhood_street", Kind: Fact, topic: place, Guessable: Medium, Memorable: High, Findable: High, Why: "in registers and old directories (R08)"},
}

// weakest grades a question by the worst of its three properties.
func (q Question) weakest() Grade {
	switch {
	case q.Guessable == High || q.Findable == High:
		return Weak
	case q.Guessable == Medium && q.Findable == Medium, q.Memorable == Low, q.Kind == Fact:
		return Fair
	}
	return Good
}

// Questions lists the catalogue, best first within memories and facts.
func Questions() []Question {
	out := slices.Clone(catalogue)
	for i := range out {
		out[i].Grade = out[i].weakest()
	}
	slices.SortStableFunc(out, func(a, b Question) int {
		if a.Kind != b.Kind {
			return map[Kind]int{Memory: 0, Fact: 1}[a.Kind] - map[Kind]int{Memory: 0, Fact: 1}[b.Kind]
		}
		return int(b.Grade) - int(a.Grade)
	})
	return out
}

func lookup(id string) (Question, bool) {
	i := slices.IndexFunc(catalogue, func(q Question) bool { return q.ID == id })
	if i < 0 || id == "" {
		return Question{}, false
	}
	q := catalogue[i]
	q.Grade = q.weakest()
	return q, true
}

// decoys are what accounts without answers are asked from. The list never
// changes, so that a decoy stays the same when the catalogue grows.
var decoys = []string{
	"childhood_hideout", "lost_object", "made_up_word", "broken_thing", "secret_snack", "first_lie", "dream_job_reason",
	"stuffed_toy", "wrong_bus", "gift_never_used", "first_bought", "teacher_habit", "neighbour_nickname", "grandparent_saying",
}
