export const breaksTheConfiguration = process.env.HOME;
