// What stands between `labtest run --exec ./myraft` and a Raft in C++17: this header, and nothing else.
//
// A server is a subclass of `labtest::Server`. The tester calls its `on_...` methods, one at a time, and it
// answers with `call`, `set_timer`, `persist`, `apply` and `note`. It must do the same whenever the same happens:
// take chance from `rng` alone and time from `now_ns`, use no threads, and go through no container whose order is
// that of addresses or hashes.
//
// Commands and snapshots are texts in base64: pass them on as they are. Arguments, replies and the state are your
// own JSON. With the names of Figure 2 the tester understands them, and checks more.

#pragma once

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace labtest {

[[noreturn]] inline void give_up(const std::string &why) {
    std::cerr << why << std::endl;
    std::exit(1);
}

// A value as it was read.
class Json {
  public:
    enum class Kind { null, boolean, number, text, array, object };

    static Json parse(std::string_view text) {
        Json value;
        size_t at = 0;
        value.read(text, at);
        return value;
    }

    Kind kind() const { return kind_; }
    bool is_null() const { return kind_ == Kind::null; }
    bool boolean() const { return boolean_; }
    const std::string &text() const { return text_; }
    const std::vector<Json> &items() const { return items_; }

    // Integers come as numbers, large ones as texts.
    uint64_t number() const {
        if (kind_ != Kind::number && kind_ != Kind::text) give_up("a number was expected");
        return std::strtoull(text_.c_str(), nullptr, 10);
    }

    // A field; a null where there is none.
    const Json &operator[](std::string_view name) const {
        static const Json nothing;
        for (size_t place = 0; place < names_.size(); ++place)
            if (names_[place] == name) return items_[place];
        return nothing;
    }

    // The value as it is written.
    std::string dump() const {
        switch (kind_) {
        case Kind::null: return "null";
        case Kind::boolean: return boolean_ ? "true" : "false";
        case Kind::number: return text_;
        case Kind::text: return quoted(text_);
        default: break;
        }
        bool is_object = kind_ == Kind::object;
        std::string out(1, is_object ? '{' : '[');
        for (size_t place = 0; place < items_.size(); ++place) {
            if (place) out += ',';
            if (is_object) out += quoted(names_[place]) + ':';
            out += items_[place].dump();
        }
        return out + (is_object ? '}' : ']');
    }

    static std::string quoted(std::string_view text) {
        std::string out = "\"";
        for (char c : text) {
            if (c == '"' || c == '\\') out += '\\';
            if (static_cast<unsigned char>(c) < 0x20) {
                const char *digits = "0123456789abcdef";
                out += "\\u00";
                out += digits[(c >> 4) & 15];
                out += digits[c & 15];
            } else {
                out += c;
            }
        }
        return out + '"';
    }

  private:
    Kind kind_ = Kind::null;
    bool boolean_ = false;
    std::string text_; // also the digits of a number
    std::vector<std::string> names_;
    std::vector<Json> items_;

    static char next(std::string_view text, size_t &at) {
        while (at < text.size() && std::string_view(" \t\r\n").find(text[at]) != text.npos) ++at;
        if (at == text.size()) give_up("JSON that ends too soon");
        return text[at];
    }

    void read(std::string_view text, size_t &at) {
        switch (char c = next(text, at)) {
        case '{':
        case '[': read_items(text, at, c == '{' ? '}' : ']'); break;
        case '"':
            kind_ = Kind::text;
            text_ = read_text(text, at);
            break;
        default: read_word(text, at);
        }
    }

    void read_items(std::string_view text, size_t &at, char end) {
        kind_ = end == '}' ? Kind::object : Kind::array;
        ++at;
        while (next(text, at) != end) {
            if (text[at] == ',') {
                ++at;
                continue;
            }
            if (end == '}') {
                names_.push_back(read_text(text, at));
                if (next(text, at) != ':') give_up("JSON with a name and no value");
                ++at;
            }
            items_.emplace_back();
            items_.back().read(text, at);
        }
        ++at;
    }

    void read_word(std::string_view text, size_t &at) {
        size_t begin = at;
        while (at < text.size() && std::string_view(",]} \t\r\n").find(text[at]) == text.npos) ++at;
        std::string_view word = text.substr(begin, at - begin);
        if (word == "null") return;
        if (word == "true" || word == "false") {
            kind_ = Kind::boolean;
            boolean_ = word == "true";
            return;
        }
        kind_ = Kind::number;
        text_ = word;
        if (text_.empty() || text_.find_first_not_of("-+.0123456789eE") != text_.npos) give_up("no JSON: " + text_);
    }

    static std::string read_text(std::string_view text, size_t &at) {
        if (next(text, at) != '"') give_up("JSON without a text where one must be");
        std::string out;
        for (++at;; ++at) {
            size_t end = text.find_first_of("\"\\", at);
            if (end == text.npos) give_up("JSON with a text that does not end");
            out += text.substr(at, end - at);
            at = end;
            if (text[at] == '"') break;
            if (++at == text.size()) give_up("JSON that ends too soon");
            read_escaped(text, at, out);
        }
        ++at;
        return out;
    }

    static void read_escaped(std::string_view text, size_t &at, std::string &out) {
        static const std::string_view escapes = "bfnrt", meanings = "\b\f\n\r\t";
        char c = text[at];
        size_t known = escapes.find(c);
        if (known != escapes.npos) {
            out += meanings[known];
        } else if (c == 'u') {
            if (at + 4 >= text.size()) give_up("JSON that ends too soon");
            unsigned long code = std::strtoul(std::string(text.substr(at + 1, 4)).c_str(), nullptr, 16);
            at += 4;
            if (code < 0x80) {
                out += static_cast<char>(code);
            } else if (code < 0x800) {
                out += static_cast<char>(0xc0 | code >> 6);
                out += static_cast<char>(0x80 | (code & 0x3f));
            } else {
                out += static_cast<char>(0xe0 | code >> 12);
                out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
                out += static_cast<char>(0x80 | (code & 0x3f));
            }
        } else {
            out += c;
        }
    }
};

// An object under way: `Object().number("term", 3).text("id", "x").end()`.
class Object {
  public:
    Object &number(std::string_view name, uint64_t number) {
        // Larger ones are not exact in every language.
        std::string digits = std::to_string(number);
        return json(name, number < (uint64_t(1) << 53) ? digits : '"' + digits + '"');
    }
    Object &flag(std::string_view name, bool flag) { return json(name, flag ? "true" : "false"); }
    Object &text(std::string_view name, std::string_view text) { return json(name, Json::quoted(text)); }
    // What is JSON already.
    Object &json(std::string_view name, std::string_view json) {
        out_ += out_.size() > 1 ? ",\"" : "\"";
        out_ += name;
        out_ += "\":";
        out_ += json;
        return *this;
    }
    std::string end() { return std::move(out_ += '}'); }

  private:
    std::string out_ = "{";
};

struct Options {
    uint64_t heartbeat_ms, election_timeout_min_ms, election_timeout_max_ms;
};

struct Started {
    uint64_t index, term;
};

struct State {
    uint64_t term;
    bool is_leader;
};

class Server {
  public:
    size_t me = 0;
    size_t servers = 0;
    Options options{};
    std::mt19937_64 rng;
    uint64_t now_ns = 0;

    virtual ~Server() = default;

    // What happens.

    // A life begins, with what an earlier one has persisted; nulls if none ever did. Records are what was appended
    // since.
    virtual void on_boot(const Json &state, const Json &records, const Json &snapshot) = 0;
    virtual void on_timer(const std::string &name) = 0;
    // Another server calls: return the reply, as JSON.
    virtual std::string on_request(size_t sender, const std::string &method, const Json &args) = 0;
    virtual void on_reply(size_t sender, const std::string &method, const Json &result) = 0;
    // A call was not answered, and never will be.
    virtual void on_lost(size_t, const std::string &) {}
    // A client wants a command: where it will be, or nothing if this server does not lead.
    virtual std::optional<Started> on_start(const std::string &command) = 0;
    // The service has put everything up to `index` into a snapshot.
    virtual void on_snapshot(uint64_t index, const std::string &data) = 0;
    virtual State state() = 0;

    // What a server does.

    void call(size_t to, const std::string &method, const std::string &args) {
        uint64_t number = ++next_call_;
        calls_[number] = {to, method};
        write(line("call").number("call", number).number("to", to).text("method", method).json("args", args));
    }
    void set_timer(std::string_view name, uint64_t after_ms) {
        write(line("set_timer").text("id", name).number("after", after_ms * 1000000));
    }
    void cancel_timer(std::string_view name) { write(line("cancel_timer").text("id", name)); }
    // All that must survive a crash. What is done after it waits until it is on the disk.
    void persist(const std::string &state) { write(line("persist").json("state", state)); }
    void persist(const std::string &state, const std::string &snapshot) {
        write(line("persist").json("state", state).text("snapshot", snapshot));
    }
    // A record behind what is persisted.
    void append(const std::string &record) { write(line("append").json("record", record)); }
    void apply(uint64_t index, uint64_t term, const std::string &command) {
        write(line("apply").number("index", index).number("term", term).text("command", command));
    }
    void apply_snapshot(uint64_t index, uint64_t term, const std::string &data) {
        write(line("apply_snapshot").number("index", index).number("term", term).text("data", data));
    }
    // Something for those who read about the run.
    void note(std::string_view text) { write(line("note").text("text", text)); }
    // Something is wrong: the run fails with this sentence.
    void fail(std::string_view text) { write(line("fail").text("text", text)); }

    // The answer to a line.
    std::string answer(const Json &happened) {
        out_.clear();
        Object done = line("done");
        take(happened, done);
        State now = state();
        write(done.number("term", now.term).flag("is_leader", now.is_leader));
        return std::move(out_);
    }

  private:
    std::string out_;
    std::map<uint64_t, std::pair<size_t, std::string>> calls_;
    uint64_t next_call_ = 0;

    static Object line(const char *type) { return std::move(Object().text("type", type)); }
    void write(Object &line) { out_ += line.end() + '\n'; }
    void write(Object &&line) { write(line); }

    void take(const Json &happened, Object &done) {
        const std::string &type = happened["type"].text();
        now_ns = happened["at"].number();
        if (type == "request") {
            std::string result =
                on_request(happened["from"].number(), happened["method"].text(), happened["args"]);
            write(line("reply").number("call", happened["call"].number()).json("result", result));
        } else if (type == "reply") {
            auto known = calls_.find(happened["call"].number());
            if (known == calls_.end()) give_up("a reply to no call");
            auto [to, method] = known->second;
            calls_.erase(known);
            if (happened["lost"].boolean()) {
                on_lost(to, method);
            } else {
                on_reply(to, method, happened["result"]);
            }
        } else if (type == "timer") {
            on_timer(happened["id"].text());
        } else if (type == "start") {
            if (auto started = on_start(happened["command"].text())) {
                done.json("started", Object().number("index", started->index).number("term", started->term).end());
            } else {
                done.json("not_leader", "{}");
            }
        } else if (type == "snapshot") {
            on_snapshot(happened["index"].number(), happened["data"].text());
        } else if (type == "init") {
            on_boot(happened["state"], happened["records"], happened["snapshot"]);
        } else if (type != "state") {
            give_up("a line of an unknown type: " + type);
        }
    }
};

// Answers the tester's lines until there are no more. `Raft` is a subclass of `Server`.
template <typename Raft> int run(const std::string &name, const std::string &version = "") {
    std::ios::sync_with_stdio(false);
    std::cin.tie(nullptr);
    std::unique_ptr<Raft> server;
    for (std::string text; std::getline(std::cin, text);) {
        Json happened = Json::parse(text);
        const std::string &type = happened["type"].text();
        if (type == "hello") {
            Object hello;
            hello.text("type", "hello").number("protocol", 1).text("name", name).text("version", version);
            std::cout << hello.text("style", "rpc").json("can", "[\"reset\"]").end() << '\n';
        } else if (type == "reset") {
            server.reset();
            std::cout << "{\"type\":\"done\"}\n";
        } else {
            if (type == "init") {
                server = std::make_unique<Raft>();
                server->me = happened["me"].number();
                server->servers = happened["servers"].items().size();
                server->rng.seed(happened["seed"].number());
                const Json &options = happened["options"];
                server->options = {options["heartbeat_ms"].number(), options["election_timeout_min_ms"].number(),
                                   options["election_timeout_max_ms"].number()};
            }
            if (!server) give_up("a line before `init`: " + type);
            std::cout << server->answer(happened);
        }
        std::cout.flush();
    }
    return 0;
}

} // namespace labtest
