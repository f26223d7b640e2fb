// Records with a marked defect, to see what becomes of them: most belong in the quarantine table, some ("odd: …") are
// unusual ways to send a good row and belong in the clean table.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "emulator/kind.h"
#include "emulator/requests.h"

namespace pinflow::emulator {

struct Marked {
    std::string_view label;     // "bad: age -1"
    std::string_view expected;  // "quarantined"
    int clean_rows = 0;         // rows that the clean table gets from it
    bool binary = false;        // `value` is bytes that are no JSON, else JSON text
    std::string value;
};

// How many different ones a table has.
int64_t marked_kinds(Kind kind);

// The i-th, made from a good row of that table; goes round when i reaches marked_kinds().
Marked marked_record(Kind kind, int64_t i, const std::string& row);

// Through a door. Kinesis takes JSON only, so there bytes go as text in base64.
Post marked_post(const Requests& requests, Kind kind, Door door, const Marked& marked);

}  // namespace pinflow::emulator
