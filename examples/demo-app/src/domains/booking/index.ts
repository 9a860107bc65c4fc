// The door of the booking domain: nothing else of it is imported from outside.

export { type BookingConfig, buildingRules } from "./config.ts";
export { type BookResult, type Desk, openDesk } from "./runtime/desk.ts";
export { type BookingQuestion, decideBooking } from "./service/decide-booking.ts";
export { type Booking, type BookingId, type BookingRequest, type Day, isBookingId, isDay, isTimeOfDay, type TimeOfDay } from "./types/booking.ts";
export type { Refusal, RefusalCode } from "./types/refusal.ts";
export { pageRoutes } from "./ui/page-routes.ts";
export { bookingRoutes } from "./ui/routes.ts";
