#include "app/cli_pipelines.h"

#include "app/cli_parts.h"

namespace pinflow::app {

void add_check(CLI::App& app, CheckOptions& options) {
    auto* check = command(app, "check", "Try a pipeline, on sample records if given, without writing anything",
                          "pinflow check pipelines/mine --sample clicks.jsonl --table click");
    check->add_option("folder", options.folder, "the pipeline's folder")->required()->check(CLI::ExistingDirectory);
    check->add_option("--sample", options.sample, "a file of records, one a line")->check(CLI::ExistingFile);
    check->add_option("--table", options.table,
                      "the kind of table the sample is for (default: each of the pipeline's)");
    check->callback([&options] { throw CLI::RuntimeError(run_check(options)); });
}

void add_infer(CLI::App& app, InferOptions& options) {
    auto* infer = command(app, "infer", "Write a pipeline to start from, by what a topic's records look like",
                          "pinflow infer clicks --into pipelines/clicks");
    add_target(infer, options.target, true);
    infer->add_option("topic", options.topic, "or a stream: what the table shall be made from")->required();
    infer->add_option("--file", options.file, "look at this file's lines instead of the topic's records")
        ->check(CLI::ExistingFile);
    infer->add_option("--records", options.records, "look at so many of each partition, the newest; -1: all")
        ->capture_default_str();
    infer->add_option("--name", options.name, "of the pipeline and its table (default: from the topic's)");
    infer->add_option("--into", options.into, "the folder to make (default: the name); what is there is left alone");
    add_format(infer, options.format);
    infer->callback([&options] { throw CLI::RuntimeError(run_infer(options)); });
}

void add_quality(CLI::App& app, QualityOptions& options) {
    auto* quality =
        command(app, "quality", "What came into the tables, day by day (exit 2: something is unlike the days before)",
                "pinflow quality demo_pin --days 30");
    add_target(quality, options.target, true);
    quality->add_option("table", options.table, "its days (default: a line for each table)");
    quality->add_option("--days", options.days, "so many, today among them; by the records' times")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str();
    add_pipelines(quality, options.pipelines);
    add_format(quality, options.format);
    quality->callback([&options] { throw CLI::RuntimeError(run_quality(options)); });
}

void add_delete(CLI::App& app, DeleteOptions& options) {
    auto* sub = command(app, "delete", "Forget rows of a table, for good (docs/forgetting.md; exit 2: not done yet)",
                        "pinflow delete clean.demo_user --where 'ind = 42' --dry-run");
    add_target(sub, options.target, false);
    sub->add_option("table", options.table, "a clean table; its quarantine is looked through too")->required();
    sub->add_option("--where", options.where, "SQL over its columns: which rows")->required();
    sub->add_flag("--dry-run", options.dry_run, "count them, and change nothing");
    sub->add_option("--timeout", options.timeout, "how long to wait until it is done: 500ms, 60s, 5m")
        ->capture_default_str();
    sub->callback([&options] { throw CLI::RuntimeError(run_delete(options)); });
}

void add_rebuild(CLI::App& app, RebuildOptions& options) {
    auto* sub = command(app, "rebuild", "Make a table anew from the log by the rules of now (docs/rebuild.md)",
                        "pinflow rebuild clean.demo_pin --from 2026-11-22T10:30:00Z\n"
                        "  pinflow rebuild clean.demo_pin --source pinflow-data/objects/demo-bucket");
    add_target(sub, options.target, false);
    sub->add_option("table", options.table, "a clean table; its quarantine goes with it")->required();
    sub->add_option("--from", options.from, "records from this time on (default: all; UTC where it names no zone)");
    sub->add_option(
        "--source", options.source,
        "a folder or URL with what the log has no more: objects of the S3 sink connector, a raw Delta table");
    sub->add_flag("--dry-run", options.dry_run, "clean the records and count what would come out; change nothing");
    sub->add_flag("--cancel", options.cancel, "end the rebuild that is under way; the table stays as it was");
    sub->add_option("--timeout", options.timeout, "how long to wait until it is done: 500ms, 60s, 5m (exit 2: not yet)")
        ->capture_default_str();
    sub->callback([&options] { throw CLI::RuntimeError(run_rebuild(options)); });
}

void add_replay(CLI::App& app, ReplayOptions& options) {
    auto* sub = command(app, "replay", "Judge quarantined records again by the rules of now (docs/replay.md)",
                        "pinflow replay clean.demo_pin --where \"rule = 'type'\" --dry-run");
    add_target(sub, options.target, false);
    sub->add_option("table", options.table, "a clean table; the records are in its quarantine")->required();
    sub->add_option("--where", options.where, "SQL over the quarantine's columns: which records (default: all)");
    sub->add_option("--corrections", options.corrections,
                    "JSON lines {\"topic\",\"partition\",\"offset\",\"value\"}: what these records shall have been")
        ->check(CLI::ExistingFile);
    sub->add_flag("--dry-run", options.dry_run, "count what would pass, and change nothing");
    sub->callback([&options] { throw CLI::RuntimeError(run_replay(options)); });
}

void add_tables_purge(CLI::App& tables, TablesOptions& options) {
    auto* sub = command(tables, "purge", "Empty a table and its quarantine; what was acked before does not come back",
                        "pinflow tables purge clean.demo_pin --yes");
    add_target(sub, options.target, false);
    sub->add_option("table", options.table, "a clean table")->required();
    sub->add_flag("--yes", options.yes, "do not ask");
    sub->add_flag("--reread", options.reread, "then make it anew from what the log has");
    sub->callback([&options] { throw CLI::RuntimeError(run_tables_purge(options)); });
}

}  // namespace pinflow::app
