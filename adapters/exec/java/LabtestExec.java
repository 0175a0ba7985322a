import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;

/**
 * What stands between {@code labtest run --exec 'java -cp classes Skeleton'} and a Raft in Java 17.
 *
 * <p>The tester calls the methods of a {@link Server}, one at a time, and it answers with {@code call}, {@code
 * setTimer}, {@code persist}, {@code apply} and {@code note}. It must do the same whenever the same happens: take
 * chance from {@code random} alone and time from {@code nowNs}, start no threads, and go through no HashMap or
 * HashSet of objects without a hash of their own.
 *
 * <p>Commands and snapshots are texts in base64: pass them on as they are. Arguments, replies and the state are your
 * own: maps with texts for keys, lists, texts, numbers, booleans and nulls. With the names of Figure 2 the tester
 * understands them, and checks more. Numbers are read as Long.
 */
public final class LabtestExec {
    private LabtestExec() {}

    /** Where a command will be. */
    public record Started(long index, long term) {}

    /** The present term, and whether this server leads. */
    public record State(long term, boolean isLeader) {}

    /** A Raft server; a new one is made for each life. */
    public abstract static class Server {
        protected int me;
        protected int servers;
        protected Random random;
        protected long nowNs;
        protected long heartbeatMs;
        protected long electionTimeoutMinMs;
        protected long electionTimeoutMaxMs;

        private final StringBuilder out = new StringBuilder();
        private final Map<Long, Map<String, Object>> calls = new HashMap<>();
        private long nextCall;

        // What happens.

        /** A life begins, with what an earlier one has persisted; nulls if none ever did. */
        protected abstract void onBoot(Map<String, Object> state, String snapshot);

        protected abstract void onTimer(String name);

        /** Another server calls: return the reply. */
        protected abstract Map<String, Object> onRequest(int sender, String method, Map<String, Object> args);

        protected abstract void onReply(int sender, String method, Map<String, Object> result);

        /** A call was not answered, and never will be. */
        protected void onLost(int sender, String method) {}

        /** A client wants a command: where it will be, or null if this server does not lead. */
        protected abstract Started onStart(String command);

        /** The service needs nothing up to that index any more. */
        protected abstract void onSnapshot(long index, String data);

        protected abstract State state();

        // What a server does.

        protected final void call(int to, String method, Map<String, Object> args) {
            long call = ++nextCall;
            calls.put(call, object("to", (long) to, "method", method));
            write("type", "call", "call", call, "to", to, "method", method, "args", args);
        }

        protected final void setTimer(String name, long afterMs) {
            write("type", "set_timer", "id", name, "after", afterMs * 1_000_000);
        }

        protected final void cancelTimer(String name) {
            write("type", "cancel_timer", "id", name);
        }

        /** All that must survive a crash. What is done after it waits until it is on the disk. */
        protected final void persist(Map<String, Object> state) {
            write("type", "persist", "state", state);
        }

        protected final void persist(Map<String, Object> state, String snapshot) {
            write("type", "persist", "state", state, "snapshot", snapshot);
        }

        protected final void apply(long index, long term, String command) {
            write("type", "apply", "index", index, "term", term, "command", command);
        }

        protected final void applySnapshot(long index, long term, String data) {
            write("type", "apply_snapshot", "index", index, "term", term, "data", data);
        }

        /** Something for those who read about the run. */
        protected final void note(String text) {
            write("type", "note", "text", text);
        }

        private void write(Object... fields) {
            append(out, object(fields));
            out.append('\n');
        }

        private String answer(Map<String, Object> line) {
            Map<String, Object> done = object("type", "done");
            nowNs = number(line, "at");
            take(line, done);
            State now = state();
            done.put("term", now.term());
            done.put("is_leader", now.isLeader());
            append(out, done);
            String text = out.append('\n').toString();
            out.setLength(0);
            return text;
        }

        private void take(Map<String, Object> line, Map<String, Object> done) {
            switch (text(line, "type")) {
                case "init" -> {
                    me = (int) number(line, "me");
                    servers = ((List<?>) line.get("servers")).size();
                    random = new Random(number(line, "seed"));
                    Map<String, Object> options = map(line, "options");
                    heartbeatMs = number(options, "heartbeat_ms");
                    electionTimeoutMinMs = number(options, "election_timeout_min_ms");
                    electionTimeoutMaxMs = number(options, "election_timeout_max_ms");
                    onBoot(map(line, "state"), text(line, "snapshot"));
                }
                case "timer" -> onTimer(text(line, "id"));
                case "request" -> {
                    Map<String, Object> result =
                            onRequest((int) number(line, "from"), text(line, "method"), map(line, "args"));
                    write("type", "reply", "call", number(line, "call"), "result", result);
                }
                case "reply" -> {
                    Map<String, Object> known = calls.remove(number(line, "call"));
                    int to = (int) number(known, "to");
                    if (line.containsKey("lost")) {
                        onLost(to, text(known, "method"));
                    } else {
                        onReply(to, text(known, "method"), map(line, "result"));
                    }
                }
                case "start" -> {
                    Started started = onStart(text(line, "command"));
                    if (started == null) {
                        done.put("not_leader", object());
                    } else {
                        done.put("started", object("index", started.index(), "term", started.term()));
                    }
                }
                case "snapshot" -> onSnapshot(number(line, "index"), text(line, "data"));
                case "state" -> {}
                default -> throw new IllegalArgumentException("a line of an unknown type: " + text(line, "type"));
            }
        }
    }

    /** Answers the tester's lines until there are no more. */
    public static void run(String name, Supplier<Server> newServer) throws IOException {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8), 1 << 16);
        var out = new PrintStream(new java.io.FileOutputStream(java.io.FileDescriptor.out), false, "UTF-8");
        Server server = null;
        for (String text = in.readLine(); text != null; text = in.readLine()) {
            Map<String, Object> line = asMap(new Reader(text).value());
            switch (text(line, "type")) {
                case "hello" -> {
                    var hello = new StringBuilder();
                    append(hello, object("type", "hello", "protocol", 1, "name", name, "can", List.of("reset")));
                    out.print(hello.append('\n'));
                }
                case "reset" -> {
                    server = null;
                    out.print("{\"type\":\"done\"}\n");
                }
                default -> {
                    if (text(line, "type").equals("init")) {
                        server = newServer.get();
                    }
                    out.print(server.answer(line));
                }
            }
            out.flush();
        }
    }

    // JSON.

    /** An object with these names and values, one after the other, in that order. */
    public static Map<String, Object> object(Object... fields) {
        Map<String, Object> object = new LinkedHashMap<>();
        for (int place = 0; place < fields.length; place += 2) {
            object.put((String) fields[place], fields[place + 1]);
        }
        return object;
    }

    public static long number(Map<String, Object> object, String name) {
        Object value = object.get(name);
        return value instanceof String text ? Long.parseUnsignedLong(text) : (Long) value;
    }

    public static String text(Map<String, Object> object, String name) {
        return (String) object.get(name);
    }

    public static Map<String, Object> map(Map<String, Object> object, String name) {
        return asMap(object.get(name));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> asMap(Object value) {
        return (Map<String, Object>) value;
    }

    private static void append(StringBuilder out, Object value) {
        if (value instanceof Map<?, ?> object) {
            String between = "{";
            for (Map.Entry<?, ?> field : object.entrySet()) {
                out.append(between);
                quote(out, (String) field.getKey());
                append(out.append(':'), field.getValue());
                between = ",";
            }
            out.append(object.isEmpty() ? "{}" : "}");
        } else if (value instanceof List<?> list) {
            String between = "[";
            for (Object item : list) {
                append(out.append(between), item);
                between = ",";
            }
            out.append(list.isEmpty() ? "[]" : "]");
        } else if (value instanceof String text) {
            quote(out, text);
        } else {
            out.append(value);
        }
    }

    private static void quote(StringBuilder out, String text) {
        out.append('"');
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < 0x20) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }

    private static final class Reader {
        private final String text;
        private int at;

        Reader(String text) {
            this.text = text;
        }

        Object value() {
            switch (next()) {
                case '{': {
                    Map<String, Object> object = new LinkedHashMap<>();
                    for (at++; next() != '}'; skip(',')) {
                        String name = string();
                        next();
                        skip(':');
                        object.put(name, value());
                        next();
                    }
                    at++;
                    return object;
                }
                case '[': {
                    List<Object> list = new ArrayList<>();
                    for (at++; next() != ']'; skip(',')) {
                        list.add(value());
                        next();
                    }
                    at++;
                    return list;
                }
                case '"':
                    return string();
                default:
                    return word();
            }
        }

        private char next() {
            while (Character.isWhitespace(text.charAt(at))) {
                at++;
            }
            return text.charAt(at);
        }

        private void skip(char c) {
            if (text.charAt(at) == c) {
                at++;
            }
        }

        private Object word() {
            int begin = at;
            while (at < text.length() && ",]} \t".indexOf(text.charAt(at)) < 0) {
                at++;
            }
            String word = text.substring(begin, at);
            return switch (word) {
                case "null" -> null;
                case "true" -> true;
                case "false" -> false;
                default -> Long.valueOf(word);
            };
        }

        private String string() {
            next();
            var out = new StringBuilder();
            for (at++; text.charAt(at) != '"'; at++) {
                char c = text.charAt(at);
                if (c != '\\') {
                    out.append(c);
                    continue;
                }
                c = text.charAt(++at);
                if (c == 'u') {
                    out.append((char) Integer.parseInt(text.substring(at + 1, at + 5), 16));
                    at += 4;
                } else {
                    int known = "bfnrt".indexOf(c);
                    out.append(known < 0 ? c : "\b\f\n\r\t".charAt(known));
                }
            }
            at++;
            return out.toString();
        }
    }
}
