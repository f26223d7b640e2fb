#include "connect/validation.h"

#include "connect/connect_world.h"
#include "connect/sink_keys.h"

namespace pinflow::connect {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ValidationTest : public testing::Test {
  protected:
    std::vector<std::string> errors_of(Given more) {
        Given config = {{"name", "n"}, {"connector.class", "FakeSink"}, {"topics", "t"}, {"size", "1"}};
        for (auto& [key, value] : more) config[key] = value;
        validation_ = validate(plugin_, config);
        std::vector<std::string> errors;
        for (const ConfigInfo& info : validation_.configs)
            errors.insert(errors.end(), info.value.errors.begin(), info.value.errors.end());
        return errors;
    }
    Seen seen_;
    FakePlugin plugin_{seen_};
    Validation validation_;
};

TEST_F(ValidationTest, GoodValuesAreUnderstoodAndDefaultsFilledIn) {
    EXPECT_THAT(errors_of({{"topics", " a , b "}, {"errors.log.enable", "TRUE"}, {"unknown", " x "}}), IsEmpty());
    EXPECT_EQ(validation_.config.at("topics"), "a,b");
    EXPECT_EQ(validation_.config.at("errors.log.enable"), "true");
    EXPECT_EQ(validation_.config.at("tasks.max"), "1");
    EXPECT_EQ(validation_.config.at("unknown"), " x ");
    EXPECT_FALSE(validation_.config.contains("value.converter"));
}

TEST_F(ValidationTest, TypesInKafkasWords) {
    EXPECT_THAT(errors_of({{"size", "1x"}}),
                ElementsAre("Invalid value 1x for configuration size: Not a number of type INT"));
    EXPECT_THAT(errors_of({{"size", "2147483648"}}), ElementsAre(HasSubstr("Not a number of type INT")));
    EXPECT_THAT(errors_of({{"size", "+5"}}), IsEmpty());
    EXPECT_THAT(errors_of({{"errors.deadletterqueue.topic.replication.factor", "40000"}}),
                ElementsAre(HasSubstr("Not a number of type SHORT")));
    EXPECT_THAT(errors_of({{"errors.log.enable", "1"}}),
                ElementsAre("Invalid value 1 for configuration errors.log.enable: Expected value to be either true or "
                            "false"));
    EXPECT_THAT(errors_of({{"topics.regex", "a("}, {"topics", ""}}),
                ElementsAre(HasSubstr("Invalid value a( for configuration topics.regex: Invalid regex: ")));
    EXPECT_THAT(errors_of({{"tasks.max", "0"}}), ElementsAre(HasSubstr("Value must be at least 1")));
    EXPECT_THAT(errors_of({{"tasks.max", "1001"}}), ElementsAre(HasSubstr("Value must be no more than 1000")));
    EXPECT_THAT(errors_of({{"name", "a\nb"}}), ElementsAre(HasSubstr("the following ASCII chars: 10")));
}

TEST_F(ValidationTest, KeysThatAskForOneAnother) {
    EXPECT_THAT(errors_of({{"size", "13"}}), ElementsAre("brings bad luck"));
    EXPECT_THAT(errors_of({{"topics", ""}}), ElementsAre("Must configure one of topics or topics.regex",
                                                         "Must configure one of topics or topics.regex"));
    EXPECT_THAT(
        errors_of({{"errors.deadletterqueue.topic.name", "t"}}),
        ElementsAre("The DLQ topic 't' may not be included in the list of topics ('topics=[t]') consumed by the "
                    "connector"));
    EXPECT_THAT(errors_of({{"topics", ""}, {"topics.regex", "d.*"}, {"errors.deadletterqueue.topic.name", "dlq"}}),
                ElementsAre(HasSubstr("may not be matched by the regex")));
    EXPECT_THAT(errors_of({{"size", std::nullopt}}),
                ElementsAre("Missing required configuration \"size\" which has no default value.",
                            "Null value can not be supplied as the configuration value."));
}

TEST_F(ValidationTest, TransformsAreRefusedByName) {
    EXPECT_THAT(
        errors_of({{"transforms", "a,b"}, {"transforms.a.type", "X"}}),
        ElementsAre("Invalid value X for configuration transforms.a.type: Class X could not be found. There are "
                    "no transformations here: take them out of the configuration",
                    "Missing required configuration \"transforms.b.type\" which has no default value."));
    EXPECT_THAT(validation_.groups, Contains("Transforms: a"));
    EXPECT_THAT(errors_of({{"transforms", "a,a"}}), Contains(HasSubstr("Duplicate alias provided.")));
}

TEST_F(ValidationTest, NearMissesAreNotes) {
    EXPECT_THAT(errors_of({{"task.max", "1"}, {"value.converter.schemas.enabled", "x"}, {"zzz", "1"}}), IsEmpty());
    EXPECT_THAT(near_misses(validation_),
                ElementsAre("task.max is not a key of this connector: did you mean tasks.max?"));
}

TEST(PluginsTest, AreFoundByAliasesToo) {
    Seen seen;
    const Plugins plugins({std::make_shared<FakePlugin>(seen)});
    for (const char* name : {"org.example.FakeSinkConnector", "FakeSinkConnector", "FakeSink"})
        EXPECT_TRUE(plugins.find(name)) << name;
    EXPECT_FALSE(plugins.find("Fake"));
    EXPECT_FALSE(plugins.find(""));
    EXPECT_EQ(plugins.unknown("X"),
              "Failed to find any class that implements Connector and which name matches X, available connectors are: "
              "org.example.FakeSinkConnector");
}

}  // namespace
}  // namespace pinflow::connect
