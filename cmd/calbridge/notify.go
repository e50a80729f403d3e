package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"calbridge/bridge"
)

// notice is what notify.url gets. Its fields are added to, never renamed or
// removed.
type notice struct {
	Title   string  `json:"title"`
	Message string  `json:"message"`
	Fix     string  `json:"fix"`
	Account string  `json:"account"` // its address
	User    string  `json:"user"`
	State   string  `json:"state"` // signin or consent
	Since   *string `json:"since"`
}

// notifyTime bounds the POST: a round waits for it.
const notifyTime = 15 * time.Second

// notify tells whoever listens at notify.url that an account needs a person.
func (h *house) notify(ctx context.Context, a bridge.Account, t bridge.Trouble) error {
	text, err := json.Marshal(notice{Title: "calbridge: " + a.Address + " needs you", Message: sentence(&t), Fix: loginFix(a, &t),
		Account: a.Address, User: a.User, State: string(t.Kind), Since: stamp(t.Since)})
	if err != nil {
		return fmt.Errorf("notify: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, notifyTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.cfg.Notify.URL, bytes.NewReader(text))
	if err != nil {
		return errors.New("notify: the address cannot be used")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "calbridge/"+version)
	res, err := straight.Do(req)
	if err != nil {
		return fmt.Errorf("notify: %w", withoutAddress(err))
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10))
	if res.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("notify: the other side answers %s", res.Status)
	}
	return nil
}

// straight follows no redirects: what it sends is meant for one address.
var straight = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// withoutAddress keeps an address, which may hold a secret, out of the log.
func withoutAddress(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
