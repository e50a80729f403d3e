package graphsync

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"calbridge/graphsync/graph"
)

// maxText bounds the text made of a body, in octets; a body itself is bounded
// by what one answer may hold.
const maxText = 128 << 10

// readBody returns a body as plain text, and as HTML where it came as HTML. The
// preview is cut at 255 characters and stands in only for a body that was not
// sent.
func readBody(g *graph.Event) (text, markup string) {
	switch {
	case g.Body == nil:
		return g.BodyPreview, ""
	case strings.EqualFold(g.Body.ContentType, "html"):
		return plainText(g.Body.Content), g.Body.Content
	}
	return g.Body.Content, ""
}

// plainText returns HTML as text (mapping §5.2): blocks and <br> are lines, list
// items begin with a dash, a link keeps its address behind its text.
func plainText(markup string) string {
	w := textWriter{}
	z := html.NewTokenizer(strings.NewReader(markup))
	for w.out.Len() < maxText {
		switch z.Next() {
		case html.ErrorToken:
			return w.text()
		case html.TextToken:
			w.write(string(z.Text()))
		case html.StartTagToken, html.SelfClosingTagToken:
			w.open(z.Token())
		case html.EndTagToken:
			w.close(z.Token().DataAtom)
		}
	}
	return w.text()
}

// textWriter gathers text. White space is folded; line breaks are counted first
// and written before the next word, so that blocks within blocks do not pile up.
type textWriter struct {
	out    strings.Builder
	hidden int // depth of elements that are not shown
	pre    int
	space  bool
	breaks int
	link   string
	linkAt int
}

func (w *textWriter) open(t html.Token) {
	switch t.DataAtom {
	case atom.Head, atom.Style, atom.Script, atom.Title:
		if t.Type == html.StartTagToken {
			w.hidden++
		}
	case atom.Body: // whatever the head left open
		w.hidden = 0
	case atom.Br:
		w.breaks++
	case atom.Pre:
		w.line()
		w.pre++
	case atom.Li:
		w.line()
		w.put("- ")
	case atom.P, atom.Div, atom.Tr, atom.Ul, atom.Ol, atom.Table, atom.Blockquote, atom.Hr,
		atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		w.line()
	case atom.Td, atom.Th:
		w.space = true
	case atom.A:
		w.link, w.linkAt = attribute(t, "href"), w.out.Len()
	}
}

func (w *textWriter) close(a atom.Atom) {
	switch a {
	case atom.Head, atom.Style, atom.Script, atom.Title:
		w.hidden = max(w.hidden-1, 0)
	case atom.Body, atom.Html:
		w.hidden = 0
	case atom.Pre:
		w.pre = max(w.pre-1, 0)
		w.line()
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Div, atom.Tr, atom.Li, atom.Table, atom.Blockquote:
		w.line()
	case atom.A:
		w.endLink()
	}
}

// endLink writes a link's address behind its text, unless that says it.
func (w *textWriter) endLink() {
	text := strings.TrimSpace(w.out.String()[min(w.linkAt, w.out.Len()):])
	address := strings.TrimPrefix(w.link, "mailto:")
	if w.link != "" && !strings.HasPrefix(w.link, "#") && text != "" && text != w.link && text != address {
		w.put(" <" + w.link + ">")
	}
	w.link = ""
}

// line ends the current line, if there is anything on it.
func (w *textWriter) line() { w.breaks = max(w.breaks, 1) }

func (w *textWriter) write(s string) {
	if w.hidden > 0 {
		return
	}
	s = strings.ReplaceAll(s, "\u00a0", " ")
	if w.pre > 0 {
		w.put(strings.ReplaceAll(s, "\r\n", "\n"))
		return
	}
	words := strings.Fields(s)
	if len(words) == 0 {
		w.space = w.space || s != ""
		return
	}
	w.space = w.space || isSpace(s[0])
	w.put(strings.Join(words, " "))
	w.space = isSpace(s[len(s)-1])
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// put writes s behind the breaks or the space that is due; at most one line
// stays blank.
func (w *textWriter) put(s string) {
	switch {
	case w.hidden > 0:
		return
	case w.out.Len() == 0:
	case w.breaks > 0:
		w.out.WriteString(strings.Repeat("\n", min(w.breaks, 2)))
	case w.space:
		w.out.WriteByte(' ')
	}
	w.breaks, w.space = 0, false
	w.out.WriteString(s)
}

func (w *textWriter) text() string {
	s := strings.TrimSpace(w.out.String())
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "")
	}
	return s
}

func attribute(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return strings.TrimSpace(a.Val)
		}
	}
	return ""
}
