package recovery_test

import (
	"errors"
	"fmt"

	"example.com/accountsec/recovery"
)

// The catalogue in a language, with a grade to show beside each question.
func ExampleQuestions() {
	q := recovery.Questions()[0]
	fmt.Println(q.Text("en"))
	fmt.Println(q.Text("ko"))
	fmt.Println(q.Kind, q.Grade == recovery.Good)
	fmt.Println(q.Why)
	// Output:
	// Where did you hide as a child when you wanted to be alone?
	// 어릴 때 혼자 있고 싶으면 어디에 숨었나요?
	// memory true
	// a place in one's own home or street; a few are common (closet, attic) and are refused
}

// A refused answer says why, in the customer's language; it does not repeat
// the answer.
func ExampleAnswerError() {
	var err error = &recovery.AnswerError{Index: 1, Reason: recovery.ReasonCommon}
	var refused *recovery.AnswerError
	if errors.As(err, &refused) {
		fmt.Println(refused.Index+1, refused.Text("en"))
	}
	// Output:
	// 2 Many people give this answer; choose another.
}
