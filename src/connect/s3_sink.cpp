#include "connect/s3_sink.h"

#include "base/text.h"
#include "connect/s3_forget.h"
#include "connect/s3_keys.h"
#include "connect/s3_task.h"

namespace pinflow::connect {
namespace {

// A record is then {"schema","payload"}, and an object has the payload alone.
bool has_envelopes(const Properties& config) {
    const auto converter = config.find("value.converter");
    const auto enabled = config.find("value.converter.schemas.enable");
    return converter != config.end() && converter->second.ends_with("JsonConverter") &&
           !(enabled != config.end() && equals_ignoring_case(trim(enabled->second), "false"));
}

class S3Sink final : public Plugin {
  public:
    explicit S3Sink(S3SinkOptions options)
        : options_(std::move(options)), parquet_(std::make_shared<S3Parquet>(options_.folder)) {
        (void)options_.disk.remove(forgetting_folder());  // of a process that was killed
    }

    std::string class_name() const override { return std::string(s3_sink_class); }
    std::string version() const override { return PINFLOW_VERSION; }
    std::span<const Key> keys() const override { return s3_keys(); }
    KeyErrors check(const Properties& config) const override { return check_s3_config(config, options_.stays_here); }

    Result<std::unique_ptr<Task>> make_task(const Properties& config, TaskContext context) override {
        PINFLOW_ASSIGN(const S3Config read, read_s3_config(config));
        PINFLOW_ASSIGN(auto store, options_.open_store(read.where));
        PINFLOW_ASSIGN(auto cuts, cuts_of(context.connector));
        return S3Task::make(config, context,
                            {options_.disk, options_.clock, folder_of(context.connector) / "spill", std::move(store),
                             std::move(cuts), parquet_});
    }

    // Positions are the group's alone. Cuts stay: read again, the same records make the same objects.
    Result<> set_positions(const std::string&, std::span<const Position>) override { return {}; }

    Result<> forget(const std::string& connector) override {
        const std::scoped_lock lock(mutex_);
        cuts_.erase(connector);
        PINFLOW_TRY(options_.disk.remove(folder_of(connector)));
        return {};
    }

    std::optional<Place> place(const Properties& config) const override {
        Place place;
        for (const char* key : {"store.url", "s3.bucket.name", "topics.dir", "directory.delim", "file.delim"}) {
            const std::string value = s3_value(config, key);
            place.config[key] = value;
            if (!value.empty()) place.location += fmt::format("{}{}={}", place.location.empty() ? "" : " ", key, value);
        }
        for (const char* key : {"flush.size", "s3.region", "s3.path.style.access.enabled", "format.bytearray.extension",
                                "format.bytearray.separator", "s3.compression.level", "tombstone.encoded.partition",
                                "value.converter", "value.converter.schemas.enable"})
            if (const auto given = config.find(key); given != config.end()) place.config[key] = given->second;
        return place;
    }
    Result<TakenOut> take_out(const Properties& config, const ForgetRequest& request, const Written& written) override {
        PINFLOW_ASSIGN(const S3Config read, read_s3_config(config));
        PINFLOW_ASSIGN(const auto store, options_.open_store(read.where));
        return S3Forgetter(*store, {options_.disk, forgetting_folder(), *parquet_}, read, has_envelopes(config),
                           request, written)
            .run();
    }

  private:
    std::filesystem::path forgetting_folder() const { return options_.folder / "forgetting"; }
    // A connector's name may be any text.
    std::filesystem::path folder_of(const std::string& connector) const {
        return options_.folder / ("c-" + percent_encode(connector));
    }

    Result<std::shared_ptr<S3Cuts>> cuts_of(const std::string& connector) {
        const std::scoped_lock lock(mutex_);
        if (auto known = cuts_[connector].lock()) {
            PINFLOW_TRY(known->mend());
            return known;
        }
        // The first task: what was spilled belongs to nobody.
        PINFLOW_TRY(options_.disk.remove(folder_of(connector) / "spill"));
        PINFLOW_ASSIGN(std::shared_ptr<S3Cuts> cuts, S3Cuts::open(options_.disk, folder_of(connector) / "cuts"));
        cuts_[connector] = cuts;
        return cuts;
    }

    const S3SinkOptions options_;
    const std::shared_ptr<S3Parquet> parquet_;
    std::mutex mutex_;
    std::map<std::string, std::weak_ptr<S3Cuts>> cuts_;
};

}  // namespace

std::unique_ptr<Plugin> make_s3_sink(S3SinkOptions options) {
    return std::make_unique<S3Sink>(std::move(options));
}

}  // namespace pinflow::connect
