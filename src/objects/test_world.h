// Stores for tests of the port: each adapter, with and without faults.
#pragma once
#include <filesystem>
#include <memory>
#include <random>
#include <string>

#include "base/uuid.h"
#include "objects/open.h"
#include "objects/test_door.h"
#include "objects/test_fake_s3.h"

namespace pinflow::objects {

class TestFolder {
  public:
    TestFolder() { std::filesystem::create_directories(path); }
    TestFolder(const TestFolder&) = delete;
    TestFolder& operator=(const TestFolder&) = delete;
    ~TestFolder() { std::filesystem::remove_all(path); }
    const std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("pinflow-objects-" + Uuid::random().text());
};

inline std::optional<std::string> test_keys(const std::string& name) {
    if (name == "AWS_ACCESS_KEY_ID") return "AKIDTEST";
    if (name == "AWS_SECRET_ACCESS_KEY") return "a secret of tests";
    return std::nullopt;
}

// What tests run a store in: keys from the environment, and pauses that do not last.
inline Surroundings test_surroundings() {
    return {.environment = test_keys, .wait = [](int64_t) {}};
}

// About a third of all requests meet a fault; which ones, the seed decides.
inline TestDoor::Plan mishaps(uint64_t seed) {
    auto random = std::make_shared<std::pair<std::mutex, std::mt19937_64>>(
        std::piecewise_construct, std::forward_as_tuple(), std::forward_as_tuple(seed));
    return [random](const WireRequest&) {
        constexpr std::array faults = {Fault::slow_down,     Fault::stumble,    Fault::hang_up,  Fault::lose_answer,
                                       Fault::stumble_after, Fault::cut_answer, Fault::cut_head, Fault::bad_gateway};
        const std::scoped_lock lock(random->first);
        return random->second() % 3 == 0 ? faults[random->second() % faults.size()] : Fault::none;
    };
}

// A store and what it stands on.
struct World {
    virtual ~World() = default;
    std::unique_ptr<ObjectStore> store;
    bool keeps_every_key = true;  // also those that are no paths
    bool keeps_both = true;       // "a" and "a/b"
    bool hides_nested = false;    // it keeps "a/b" too, and does not list it
    size_t part_bytes = 100'000;  // of an upload
};

struct WorldMaker {
    std::string name;
    std::function<std::unique_ptr<World>()> make;
};

// With parts shorter than S3 allows, which the fake does not mind.
std::unique_ptr<ObjectStore> open_with_short_parts(const std::string& url, const Surroundings& around,
                                                   size_t part_bytes);

using Environment = std::function<std::optional<std::string>(const std::string&)>;

// With PINFLOW_TEST_S3_URL=s3://BUCKET?endpoint=http://127.0.0.1:PORT a real server too, its keys as AWS's tools have
// them; PINFLOW_TEST_S3_FOLDERS: it keeps objects as files (tests/test_objects.py).
std::vector<WorldMaker> all_worlds(const Environment& environment);

}  // namespace pinflow::objects
