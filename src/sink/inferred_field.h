// What a field is taken for, judged by a sample's facts.
#pragma once
#include <string>
#include <vector>

#include "engine/json_columns.h"
#include "sink/inference.h"

namespace pinflow::sink {

struct InferredField {
    const FieldFacts* facts;
    engine::FieldType type;            // of its column
    std::vector<std::string> nothing;  // texts that seem to mean "nothing is known"; "" is all that is empty or blank
    bool casts = false;                // numbers or times among such texts: read as text, typed by the SQL
    size_t known = 0;                  // values that are neither null nor such a text
    size_t misfits = 0;                // of these: would be quarantined
    std::string misfit;                // one of them, as JSON; empty if there is none to show
};

// A type is taken when all but one in a hundred of the known values fit it.
InferredField infer_field(const FieldFacts& facts);

}  // namespace pinflow::sink
