#include "connect/assignment.h"

#include "connect/connect_world.h"

namespace pinflow::connect {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class AssignmentTest : public ConnectWorld {
  protected:
    std::vector<PartitionPtr> partitions(const std::string& topic, int32_t count) {
        return topics_->create(topic, count).value()->partitions;
    }
    static std::vector<size_t> sizes(const Shares& shares) {
        std::vector<size_t> sizes;
        for (const auto& share : shares) sizes.push_back(share.size());
        return sizes;
    }
};

TEST_F(AssignmentTest, SharesAreEvenAndStay) {
    auto present = partitions("a", 5);
    Shares shares = share_out(Shares(3), present);
    EXPECT_THAT(sizes(shares), ElementsAre(2, 2, 1));
    const Shares before = shares;
    const auto more = partitions("b", 1);
    present.insert(present.end(), more.begin(), more.end());
    shares = share_out(shares, present);
    EXPECT_EQ(shares[0], before[0]);
    EXPECT_EQ(shares[1], before[1]);
    EXPECT_EQ(shares[2].back(), more[0]);
}

TEST_F(AssignmentTest, NothingMovesWhenOthersGo) {
    const auto present = partitions("a", 6);
    Shares shares = share_out(Shares(2), present);
    const std::vector<PartitionPtr> left = shares[0];  // the other task's are all gone
    shares = share_out(shares, left);
    EXPECT_THAT(shares, ElementsAre(left, IsEmpty()));
    auto more = partitions("b", 3);
    more.insert(more.begin(), left.begin(), left.end());
    EXPECT_THAT(sizes(share_out(shares, more)), ElementsAre(3, 3)) << "what comes makes it even";
    EXPECT_THAT(sizes(share_out(Shares(4), left)), ElementsAre(1, 1, 1, 0));
    EXPECT_TRUE(share_out({}, left).empty());
}

TEST_F(AssignmentTest, ATopicThatIsMadeAnewStaysWithItsTasks) {
    auto present = partitions("b", 3);
    const auto gone = partitions("a", 3);
    present.insert(present.end(), gone.begin(), gone.end());
    const Shares before = share_out(Shares(3), present);
    ASSERT_TRUE(topics_->remove("b"));
    present = partitions("b", 3);
    std::ranges::reverse(present);
    const Shares shares = share_out(before, present);
    for (size_t task = 0; task < 3; ++task) {
        ASSERT_EQ(shares[task].size(), 1u);
        EXPECT_EQ(shares[task][0]->index(), before[task][0]->index());
        EXPECT_NE(shares[task][0], before[task][0]);
    }
}

}  // namespace
}  // namespace pinflow::connect
