/** The user of all guests of version 0.1.0. It has no account. Later guests have a user each: provider/kinds/guest/user.ts */
export const guestUser = "60999";
