// The posting emulation: sends the rows of three source tables to a Pinflow (or to the cloud service it stands in for)
// the way its users' scripts do. Fields, units and defaults here are those of `pinflow emulate`.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"

namespace pinflow::emulator {

enum class Via : uint8_t { rest, kinesis, both };
Result<Via> parse_via(std::string_view text);  // "rest", "kinesis" or "both"

struct EmulateOptions {
    std::string url = "http://127.0.0.1:8082";  // http or https, with or without a stage: http://host:8082/test
    std::string ca;                             // a PEM file to trust with https, beside the system's; may be empty
    Via via = Via::rest;
    std::string id = "demo";        // the user id in topic and stream names
    std::string source = "sample";  // "sample", a folder with pin.jsonl, geo.jsonl, user.jsonl, or mysql://…
    uint64_t seed = 100;            // of Python's random, which draws rows and pauses
    int64_t rows = 0;  // of each table; 0 is without end for draws, the whole source if as fast as possible
    double rate = 0;   // records a second over all tables and doors; 0: pauses of 0 or 1 s a row
    bool as_fast_as_possible = false;  // the whole source in its order, over many connections, without pauses
    double bad_share = 0;  // extra records with a marked defect, as a share of the good ones (0.01 is 1 in 100)
    int connections = 64;  // at the same time, if as fast as possible or with a rate
    int batch = 1;         // records a request, if as fast as possible
    int attempts = 8;      // tries a request gets when the connection fails or the answer is 429 or 5xx
};

// What became of the extra records of one defect.
struct MarkedCount {
    int64_t posted = 0;
    int64_t accepted = 0;
    int64_t clean_rows = 0;  // rows that the clean table gets from them; 0 means quarantined
    std::string expected;    // what should become of such a record, in words
};

struct Refusal {
    std::string request;  // "POST http://…/topics/demo.pin"
    int status = 0;       // 0 without an answer
    std::string answer;   // the start of the body, or what went wrong on the connection
};

struct TableCount {
    int64_t rows = 0;    // read from the source
    int64_t posted = 0;  // records, both doors together, marked ones included
    int64_t accepted = 0;
    int64_t bytes = 0;  // of request bodies
};

struct EmulateSummary {
    std::array<TableCount, 3> tables;  // by Kind: pin, geo, user
    int64_t requests = 0;              // answered or given up
    int64_t records = 0;
    int64_t accepted = 0;  // records
    int64_t refused = 0;   // records: answered with anything else than success, or never answered
    int64_t retries = 0;
    std::map<int, int64_t> answers;             // HTTP status -> answers, retried ones included; 0: connection failures
    std::vector<Refusal> first_refusals;        // at most 10
    std::map<std::string, MarkedCount> marked;  // by label; the label is also the record's key
    double seconds = 0;
    bool stopped = false;  // by the stop token, before all was sent
    std::string broken;    // why it ended early: the source failed, or nobody answered; else empty
};

struct Progress {
    int64_t records = 0;  // answered for good
    int64_t total = 0;    // 0: without end
    int64_t refused = 0;
    int64_t retries = 0;
    double seconds = 0;
};

// Blocks until all is sent and answered, or `stop` is requested. Called about ten times a second, `progress` runs on
// the calling thread. An Error means that nothing could start (bad URL, no source); refused records are no Error.
Result<EmulateSummary> emulate(const EmulateOptions& options, std::stop_token stop = {},
                               const std::function<void(const Progress&)>& progress = {});

std::string progress_line(const Progress& progress, int width);  // for a terminal, without line end
std::string summary_text(const EmulateSummary& summary);         // for people, several lines
std::string summary_json(const EmulateSummary& summary);         // one line

inline int exit_code(const EmulateSummary& summary) {
    return summary.refused > 0 || !summary.broken.empty() ? 1 : 0;
}

}  // namespace pinflow::emulator
