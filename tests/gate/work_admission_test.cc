// Goal: challenges are bound to the client's class as pow.md 2 writes it.
#include "gate/work_admission.h"

#include "support/precompiled.h"

namespace tollhouse::gate {
namespace {

TEST(WorkAdmission, R_POW_8_TheClientIsItsNetwork) {
  EXPECT_EQ(client_of_work("203.0.113.7"), "ip:203.0.113.7/32");
  EXPECT_EQ(client_of_work("2001:db8:1:2::/64"), "ip:2001:db8:1:2::/64");
  EXPECT_EQ(client_of_work("::ffff:203.0.113.0/64"), "ip:::ffff:203.0.113.0/64");
  EXPECT_EQ(client_of_work("unix"), "ip:unix");
}

}  // namespace
}  // namespace tollhouse::gate
