package graphsync

import (
	"context"
	"maps"
	"strings"

	"calbridge/graphsync/graph"
)

// presets are the colours that Outlook's categories can have (Graph
// categoryColor), by the CSS3 names that come nearest (RFC 7986 §5.9 takes names
// alone). CSS's darkgray is lighter than its gray.
var presets = map[string]string{
	"preset0": "red", "preset1": "orange", "preset2": "peru", "preset3": "gold", "preset4": "green",
	"preset5": "teal", "preset6": "olive", "preset7": "royalblue", "preset8": "purple", "preset9": "mediumvioletred",
	"preset10": "lightsteelblue", "preset11": "slategray", "preset12": "silver", "preset13": "dimgray", "preset14": "black",
	"preset15": "darkred", "preset16": "darkorange", "preset17": "saddlebrown", "preset18": "darkgoldenrod", "preset19": "darkgreen",
	"preset20": "darkcyan", "preset21": "darkolivegreen", "preset22": "darkblue", "preset23": "indigo", "preset24": "maroon",
}

// maxCategories bounds how many colours go into what every event is rendered
// with; Outlook lists far fewer.
const maxCategories = 1000

// colorsOf returns the colours of the categories that have one.
func colorsOf(list []graph.Category) map[string]string {
	colors := map[string]string{}
	for _, c := range list[:min(len(list), maxCategories)] {
		if css := presets[strings.ToLower(c.Color)]; css != "" && c.Name != "" {
			colors[c.Name] = css
		}
	}
	return colors
}

// recolor reads the categories' colours. Where they may not be read, they stay
// as they were known: an event without its colour is still right.
func (m *mailbox) recolor(ctx context.Context) error {
	list, err := m.client.Categories(ctx)
	if err != nil {
		return ctx.Err()
	}
	if colors := colorsOf(list); !maps.Equal(colors, m.account.Colors) {
		m.account.Colors = colors
	}
	return nil
}
