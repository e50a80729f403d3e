package graphfake

import (
	"html"
	"regexp"
	"strings"
	"unicode/utf8"
)

// previewLength is the length of a bodyPreview in characters.
const previewLength = 255

// body writes an itemBody in the form that the request prefers.
func (v *view) body(value any) any {
	b, ok := value.(object)
	if !ok || !v.textBody || !strings.EqualFold(b.text("contentType"), "html") {
		return value
	}
	return object{{"contentType", "text"}, {"content", plainText(b.text("content"))}}
}

// preview makes a bodyPreview.
func preview(value any) string {
	b, _ := value.(object)
	text := b.text("content")
	if strings.EqualFold(b.text("contentType"), "html") {
		text = plainText(text)
	}
	return cut(text, previewLength)
}

// cut shortens a text to n characters.
func cut(text string, n int) string {
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	for i := range text {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	return text
}

// storedBody makes the body that Exchange keeps of one that was sent: HTML
// whatever it was, inside a document of its own.
func storedBody(b object) object {
	content := b.text("content")
	if content == "" {
		return noBody
	}
	if !strings.EqualFold(b.text("contentType"), "html") {
		content = strings.ReplaceAll(html.EscapeString(content), "\r\n", "\n")
		content = strings.ReplaceAll(content, "\n", "<br>\r\n")
	}
	if !strings.Contains(strings.ToLower(content), "<html") {
		content = "<html>\r\n<head>\r\n<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\">\r\n</head>\r\n<body>\r\n" +
			content + "\r\n</body>\r\n</html>\r\n"
	}
	return object{{"contentType", "html"}, {"content", content}}
}

var (
	droppedHTML = regexp.MustCompile(`(?is)<head\b.*?</head>|<style\b.*?</style>|<script\b.*?</script>|<!--.*?-->`)
	brokenLines = regexp.MustCompile(`(?i)<br\s*/?>|</p>|</div>|</tr>|</li>|</h[1-6]>`)
	anyTag      = regexp.MustCompile(`(?s)<[^>]*>`)
	blankRuns   = regexp.MustCompile(`(\r\n){3,}`)
)

// plainText makes text of HTML the way Exchange roughly does: line breaks of
// the source mean nothing, those of the tags count.
func plainText(source string) string {
	if !strings.ContainsAny(source, "<&") {
		return strings.TrimSpace(source)
	}
	text := droppedHTML.ReplaceAllString(source, "")
	text = strings.NewReplacer("\r\n", " ", "\n", " ").Replace(text)
	text = brokenLines.ReplaceAllString(text, "\r\n")
	text = html.UnescapeString(anyTag.ReplaceAllString(text, ""))
	lines := strings.Split(text, "\r\n")
	for i, line := range lines {
		lines[i] = strings.Trim(line, " \t\u00a0")
	}
	return strings.TrimSpace(blankRuns.ReplaceAllString(strings.Join(lines, "\r\n"), "\r\n\r\n"))
}
