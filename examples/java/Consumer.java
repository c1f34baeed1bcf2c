// Tells of every workshop seat that is given, with kafka-clients and slf4j-api on the class path:
// `java -cp 'jars/*' examples/java/Consumer.java 127.0.0.1:9092`.

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.StringDeserializer;

public class Consumer {
    public static void main(String[] arguments) throws InterruptedException {
        Map<String, Object> settings =
                Map.of(
                        "bootstrap.servers", arguments[0],
                        "group.id", arguments.length > 2 ? arguments[2] : "example-java",
                        "auto.offset.reset", "earliest"); // The topic keeps every event.
        String topic = arguments.length > 1 ? arguments[1] : "ticketing.events.v1";
        var consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
        var polling = Thread.currentThread();
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(
                                () -> {
                                    consumer.wakeup();
                                    try {
                                        polling.join();
                                    } catch (InterruptedException e) {
                                        polling.interrupt();
                                    }
                                }));
        try (consumer) {
            consumer.subscribe(List.of(topic));
            while (true) {
                for (var message : consumer.poll(Duration.ofSeconds(1))) {
                    var header = message.headers().lastHeader("ce_type").value();
                    var type = new String(header, StandardCharsets.UTF_8);
                    // Look at the type before the data; types that you do not know pass.
                    if (type.equals("maarid.ticketing.SeatReserved.v1")) {
                        // Read the JSON with the library that you use; at least once: do what can
                        // be done twice, or keep ce_subject and ce_sequence with its effect.
                        System.out.println("reserved: " + message.value());
                    }
                }
            }
        } catch (WakeupException end) {
            // Ctrl-C.
        }
    }
}
