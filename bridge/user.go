package bridge

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// User is a person with a name on this server. The first user is the owner.
type User struct {
	Name     string    `json:"name"` // lower case, see [UserName]
	Owner    bool      `json:"owner"`
	Password string    `json:"password,omitempty"` // page password, argon2id in PHC form; empty where none is set
	Created  time.Time `json:"created"`
}

// Device is an app password: what one program of a user signs in with. The
// password itself is known to nobody; stores find the device by its digest.
type Device struct {
	ID       string    `json:"id"`
	User     string    `json:"user"`
	Label    string    `json:"label"`
	ReadOnly bool      `json:"readOnly"`
	Created  time.Time `json:"created"`
	LastUsed time.Time `json:"lastUsed,omitzero"`
}

var userNames = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N}._@+ -]{0,62}$`)

// UserName returns the one spelling of a user's name: names are compared
// without case, and so is what stands for them in a path.
func UserName(s string) (string, error) {
	name := strings.ToLower(strings.TrimSpace(s))
	if !userNames.MatchString(name) || strings.HasSuffix(name, ".") {
		return "", &Fault{Kind: Invalid, What: fmt.Sprintf("%q cannot be a user name", Excerpt(s)),
			Why: "a name has 1 to 63 letters, digits, spaces or . _ @ + - and begins with a letter or a digit",
			Fix: "choose another name, such as anna"}
	}
	return name, nil
}
