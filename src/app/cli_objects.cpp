// pinflow objects ls, get, put, rm.
#include "app/cli_objects.h"

#include "app/cli_parts.h"

namespace pinflow::app {

void add_objects(CLI::App& app, ObjectsOptions& options) {
    auto* objects = command(app, "objects", "Objects in a folder or in S3, as Pinflow's sinks and tables see them",
                            "pinflow objects ls 's3://bucket/topics?region=eu-west-1'\n"
                            "  pinflow objects ls file:///var/lib/lake");
    objects->require_subcommand(1);
    const auto action = [&](const char* name, const char* about, const std::string& example, bool has_key) {
        auto* sub = command(*objects, name, about, "pinflow objects " + example);
        sub->add_option("url", options.url, "file:///FOLDER or s3://BUCKET/PREFIX?region=REGION (docs/objects.md)")
            ->required();
        if (has_key) sub->add_option("key", options.key, "the object's key, below the URL's prefix")->required();
        sub->callback([&options, name] {
            options.action = name;
            throw CLI::RuntimeError(run_objects(options));
        });
        return sub;
    };
    auto* list = action("ls", "List objects, in the order of their keys", "ls s3://bucket/topics clicks/", false);
    list->add_option("prefix", options.key, "of the keys (default: all)");
    list->add_option("--delimiter", options.delimiter, "roll keys up at this text, as /");
    list->add_option("--after", options.after, "leave out keys up to this one");
    list->add_option("--format", options.format, "how the list is written")
        ->check(CLI::IsMember({"table", "ndjson"}))
        ->capture_default_str();
    action("get", "Write an object to stdout or to a file", "get s3://bucket/topics clicks/x.json > x.json", true)
        ->add_option("--file", options.file, "where it goes (default: stdout)");
    auto* put = action("put", "Make an object of stdin or of a file; exit 2 if --if-absent finds one",
                       "put s3://bucket/topics clicks/x.json --file x.json", true);
    put->add_option("--file", options.file, "what it is (default: stdin)")->check(CLI::ExistingFile);
    put->add_flag("--if-absent", options.if_absent, "leave what is there as it is");
    action("rm", "Remove an object", "rm s3://bucket/topics clicks/x.json", true);
}

}  // namespace pinflow::app
