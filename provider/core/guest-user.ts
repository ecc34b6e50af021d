/** The user that all guests shared before each got its own (see provider/kinds/guest/user.ts), without an account as well. */
export const guestUser = "60999";
