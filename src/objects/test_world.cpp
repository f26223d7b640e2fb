#include "objects/test_world.h"

#include <fmt/format.h>

#include "base/text.h"
#include "objects/s3_store.h"
#include "objects/url.h"

namespace pinflow::objects {
namespace {

constexpr const char* server_url = "PINFLOW_TEST_S3_URL";

std::unique_ptr<ObjectStore> open(const std::string& url, const Surroundings& around) {
    auto store = open_store(url, around);
    if (!store) throw std::runtime_error(store.error().message);
    return std::move(*store);
}

struct FilesWorld : World {
    TestFolder folder;
};

std::unique_ptr<World> make_files() {
    auto world = std::make_unique<FilesWorld>();
    world->store = open("file://" + (world->folder.path / "objects").string(), test_surroundings());
    world->keeps_both = false;
    return world;
}

struct FakeWorld : World {
    FakeWorld(const TestDoor::Plan& plan, size_t most_in_page)
        : door([this](const auto& r) { return s3.answer(r); }, plan) {
        s3.most_in_page = most_in_page;
        store = open_with_short_parts(fmt::format("s3://bucket/tests?endpoint={}&attempts=40", door.url()),
                                      test_surroundings(), part_bytes);
    }
    ~FakeWorld() override { store.reset(); }
    FakeS3 s3;
    TestDoor door;
};

struct ServerWorld : World {
    ServerWorld(const Environment& environment, const TestDoor::Plan& plan)
        : ServerWorld(environment, plan, *environment(server_url)) {}
    ServerWorld(const Environment& environment, const TestDoor::Plan& plan, const std::string& url)
        : door(forward_to("127.0.0.1", static_cast<int>(parse_int(url.substr(url.rfind(':') + 1)).value())), plan) {
        Surroundings around = test_surroundings();
        around.environment = environment;
        store = open(fmt::format("{}/{}?endpoint={}&attempts=40&part_bytes=5242880", url.substr(0, url.find('?')),
                                 Uuid::random().text(), door.url()),
                     around);
        part_bytes = 5 << 20;
        const auto folders = environment("PINFLOW_TEST_S3_FOLDERS");
        keeps_every_key = keeps_both = !folders;
        hides_nested = folders == "hides nested";
    }
    ~ServerWorld() override { store.reset(); }
    TestDoor door;
};

}  // namespace

std::unique_ptr<ObjectStore> open_with_short_parts(const std::string& url, const Surroundings& around,
                                                   size_t part_bytes) {
    auto place = parse_url(url);
    if (!place) throw std::runtime_error(place.error().message);
    auto& s3 = std::get<S3Place>(*place);
    s3.part_bytes = part_bytes;
    return std::move(*open_s3(s3, around));
}

std::vector<WorldMaker> all_worlds(const Environment& environment) {
    std::vector<WorldMaker> worlds = {
        {"Files", make_files},
        {"FakeS3", [] { return std::make_unique<FakeWorld>(no_fault, 1000); }},
        {"FakeS3WithFaults", [] { return std::make_unique<FakeWorld>(mishaps(20261122), 3); }},
    };
    if (environment(server_url)) {
        worlds.push_back({"Server", [=] { return std::make_unique<ServerWorld>(environment, no_fault); }});
        worlds.push_back(
            {"ServerWithFaults", [=] { return std::make_unique<ServerWorld>(environment, mishaps(20261123)); }});
    }
    return worlds;
}

}  // namespace pinflow::objects
