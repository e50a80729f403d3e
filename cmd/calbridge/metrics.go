package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"calbridge/bridge"
)

// metrics collects how the bridge is at the moment when it is asked. Labels are
// ids: names and addresses stay out.
type metrics struct{ house *house }

var (
	perAccount  = []string{"account"}
	perCalendar = []string{"account", "calendar"}

	descBuildInfo    = describe("build_info", "The version that runs.", "version")
	descAccountState = describe("account_state", "1 for the state that an account is in.", "account", "state")
	descAccountSync  = describe("account_last_sync_timestamp_seconds", "End of the last complete round over all calendars.", perAccount...)
	descRounds       = describe("rounds_total", "Rounds since the start, by what they came to.", "account", "outcome")
	descRoundTook    = describe("round_seconds", "How long the latest round took.", perAccount...)
	descRequests     = describe("graph_requests_total", "Requests to Microsoft since the start, by what they came to.", "account", "outcome")
	descObjects      = describe("calendar_objects", "Events and series that are served.", perCalendar...)
	descAside        = describe("calendar_aside", "Events that are kept aside because they cannot be read.", perCalendar...)
	descLag          = describe("calendar_lag_seconds", "How old the calendar's last complete round is.", perCalendar...)
	descAudited      = describe("audit_instances", "Instances that were compared with Outlook's own expansion.", perCalendar...)
	descDiffers      = describe("audit_differences", "Instances among them that readers do not get as Outlook shows them.", perCalendar...)
	descAuditedAt    = describe("audit_timestamp_seconds", "When the calendar was compared last.", perCalendar...)
	descRepaired     = describe("check_repaired", "Events that the last comparison of all ids and change keys found to differ; they were put right.", perCalendar...)
	descRepairedAll  = describe("check_repaired_total", "Such events in all comparisons so far.", perCalendar...)
	descCheckedAt    = describe("check_timestamp_seconds", "When all ids and change keys were compared last.", perCalendar...)
	descJournal      = describe("calendar_journal_sequence", "Sequence number of the latest change that readers were told of.", perCalendar...)
)

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("calbridge_"+name, help, labels, nil)
}

// Describe implements prometheus.Collector.
func (*metrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descBuildInfo, descAccountState, descAccountSync, descRounds, descRoundTook, descRequests, descObjects, descAside, descAudited, descDiffers, descAuditedAt, descRepaired, descRepairedAll, descCheckedAt, descLag, descJournal} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (m *metrics) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	now := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	now(descBuildInfo, 1, version)
	r, err := m.house.report(ctx, "")
	if err != nil {
		to <- prometheus.NewInvalidMetric(descAccountState, err)
		return
	}
	for _, a := range r.Accounts {
		now(descAccountState, 1, a.ID, a.State)
		if !a.lastSync.IsZero() {
			now(descAccountSync, float64(a.lastSync.Unix()), a.ID)
		}
		m.traffic(to, a.ID)
		for _, c := range a.Calendars {
			m.calendar(now, a.ID, c)
			m.check(to, a.ID, c)
		}
	}
}

// traffic tells what the account's descRounds and descRequests came to.
func (m *metrics) traffic(to chan<- prometheus.Metric, account string) {
	t := m.house.syncer.Traffic(bridge.AccountID(account))
	for outcome, n := range t.Rounds {
		to <- prometheus.MustNewConstMetric(descRounds, prometheus.CounterValue, float64(n), account, outcome)
	}
	for outcome, n := range t.Requests {
		to <- prometheus.MustNewConstMetric(descRequests, prometheus.CounterValue, float64(n), account, outcome)
	}
	to <- prometheus.MustNewConstMetric(descRoundTook, prometheus.GaugeValue, t.Took.Seconds(), account)
}

func (m *metrics) calendar(now func(*prometheus.Desc, float64, ...string), account string, c calendarReport) {
	now(descObjects, float64(c.Objects), account, c.ID)
	now(descAside, float64(len(c.Bad)), account, c.ID)
	now(descJournal, float64(c.cal.Point.Seq), account, c.ID)
	if c.Audit != nil {
		now(descAudited, float64(c.audit.Checked), account, c.ID)
		now(descDiffers, float64(c.audit.Differed), account, c.ID)
		now(descAuditedAt, float64(c.audit.At.Unix()), account, c.ID)
	}
	if !c.cal.SyncedAt.IsZero() {
		now(descLag, m.house.now().Sub(c.cal.SyncedAt).Seconds(), account, c.ID)
	}
}

// check tells what comparing the whole calendar came to.
func (m *metrics) check(to chan<- prometheus.Metric, account string, c calendarReport) {
	if c.Check == nil {
		return
	}
	to <- prometheus.MustNewConstMetric(descRepaired, prometheus.GaugeValue, float64(c.Check.Repaired), account, c.ID)
	to <- prometheus.MustNewConstMetric(descRepairedAll, prometheus.CounterValue, float64(c.Check.Total), account, c.ID)
	to <- prometheus.MustNewConstMetric(descCheckedAt, prometheus.GaugeValue, float64(c.cal.Check.At.Unix()), account, c.ID)
}

// newMetrics answers /metrics with all that is known, and the process's own
// figures.
func newMetrics(h *house) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(&metrics{h}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{MaxRequestsInFlight: 2, Timeout: 15 * time.Second}))
	return mux
}

// serveMetrics serves them where metrics.listen says, until ctx ends.
func (h *house) serveMetrics(ctx context.Context, listener net.Listener) error {
	server := newServer(newMetrics(h), h.log)
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
