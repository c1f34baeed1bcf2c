// Tells of every workshop seat that is given: `cd examples/go && go run . 127.0.0.1:9092`.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"

	"github.com/twmb/franz-go/pkg/kgo"
)

// SeatReserved has the fields of maarid.ticketing.SeatReserved.v1 that are needed here.
type SeatReserved struct {
	SessionID string `json:"session_id"`
	SeatID    string `json:"seat_id"`
}

func argument(place int, usual string) string {
	if len(os.Args) > place {
		return os.Args[place]
	}
	return usual
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	client, err := kgo.NewClient(
		kgo.SeedBrokers(argument(1, "127.0.0.1:9092")),
		kgo.ConsumeTopics(argument(2, "ticketing.events.v1")),
		kgo.ConsumerGroup(argument(3, "example-go")),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), // The topic keeps every event.
	)
	if err != nil {
		panic(err)
	}
	defer client.Close()
	for ctx.Err() == nil {
		client.PollFetches(ctx).EachRecord(func(record *kgo.Record) {
			for _, header := range record.Headers {
				// Look at the type before the data; types that you do not know pass.
				if header.Key != "ce_type" || string(header.Value) != "maarid.ticketing.SeatReserved.v1" {
					continue
				}
				var seat SeatReserved
				if err := json.Unmarshal(record.Value, &seat); err != nil {
					panic(err)
				}
				// At least once: do what can be done twice, or keep ce_subject and ce_sequence.
				fmt.Printf("%s %s is reserved\n", seat.SessionID, seat.SeatID)
			}
		})
	}
}
