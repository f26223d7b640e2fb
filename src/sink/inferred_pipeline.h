// A declaration to start from (docs/pipelines.md), written from what a sample of records says.
#pragma once
#include <string>

#include "base/error.h"
#include "sink/inference.h"
#include "sink/inferred_field.h"

namespace pinflow::sink {

struct InferredPipeline {
    std::string toml;      // pipeline.toml
    std::string sql;       // of the file that it names
    std::string sql_file;  // NAME.sql
    std::vector<InferredField> fields;
    std::vector<std::string> left_out;  // fields that no declaration can have, each with the reason
};

// `name` is the pipeline's, its table's and its kind's: a-z, 0-9 and _. invalid: no field was seen. The facts must
// outlive the answer.
Result<InferredPipeline> infer_pipeline(const Inference& sample, const std::string& name, const std::string& topic);

}  // namespace pinflow::sink
